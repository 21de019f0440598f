// The definitions of the Gateway API, as a module that the Go client fetches and checks. get-gateway.sh says where they are; nothing
// of it is compiled.
module calcflow/gateway-definitions

go 1.25.0

require sigs.k8s.io/gateway-api v1.4.1
