# What the cases of the cluster suite share: namespaces, images, volumes, waiting and measuring.
# A case is run by ./run with CALCFLOW_CLUSTER_DIR, KUBECONFIG and a PATH in which kubectl and enter
# lead to the cluster; it sources this file first, works in the folder $WORK, passes with exit 0, is
# skipped with 77, and fails otherwise. Lines that begin with "measure: " are shown to the user.
# It must not know how a cluster is brought up.
# shellcheck shell=bash

cluster_suite=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck disable=SC2034
build_image=$cluster_suite/../images/build-image.sh

now_ms() { local t=${EPOCHREALTIME/[.,]/}; echo $((t / 1000)); }

# Seconds since a time that now_ms gave, with two digits.
since_ms() { local d=$(($(now_ms) - $1)); printf '%d.%02d\n' $((d / 1000)) $((d % 1000 / 10)); }

measure() { printf 'measure: %s\n' "$*"; }
fail() { echo "FAILED: $*" >&2; exit 1; }
skip() { echo "skipped: $*"; exit 77; }

# require NAME...: skips the case where a variable that the Makefile gives is not set.
require() {
	local name
	for name; do [ -n "${!name:-}" ] || skip "$name is not set"; done
}

# require_image_volumes: skips the case where the node's container runtime cannot mount images.
require_image_volumes() {
	[ -e "$CALCFLOW_CLUSTER_DIR/mounts-images" ] || skip "the containerd of this node cannot mount images"
}

# --- namespaces and images -------------------------------------------------------------------------

# Makes a namespace that enforces Pod Security "restricted", and makes it the one of kubectl. The
# runner deletes it after the case.
new_namespace() {
	unset NAMESPACE
	kubectl create --filename - >/dev/null <<-END
	apiVersion: v1
	kind: Namespace
	metadata:
	  name: $1
	  labels:
	    calcflow-suite: case
	    pod-security.kubernetes.io/enforce: restricted
	    pod-security.kubernetes.io/enforce-version: latest
	END
	export NAMESPACE=$1
	timeout 30 kubectl wait --for=create serviceaccount/default configmap/kube-root-ca.crt --timeout=25s >/dev/null
}

import_image() { "$cluster_suite/cluster" import "$@"; }

# static_program OUT SOURCE.c...: compiles a program that runs in an image with nothing else in it.
static_program() {
	local out=$1
	shift
	${CC:-cc} -std=gnu11 -O1 -Wall -Wextra -static -o "$out" "$@"
}

# The name under which the node keeps an image.
full_name() {
	case $1 in
	*.*/* | *:*/* | localhost/*) echo "$1" ;;
	*/*) echo "docker.io/$1" ;;
	*) echo "docker.io/library/$1" ;;
	esac
}

# --- volumes and folders ---------------------------------------------------------------------------

# share_dir NAME OWNER[:GROUP] [MODE]: a fresh folder on the node that stands for a network share;
# prints its path (the same on the node and here).
share_dir() {
	local share=$CALCFLOW_CLUSTER_DIR/shares/${NAMESPACE:-none}/$1
	mkdir -p "$share"
	chown "$2" "$share"
	chmod "${3:-2770}" "$share"
	echo "$share"
}

# hostpath_volume NAME FOLDER CLAIM MODE: a PersistentVolume on that folder, kept for that claim, with that access mode.
# fsGroup does not touch such a volume: share_dir gives it its owner.
hostpath_volume() {
	kubectl apply --server-side --filename - >/dev/null <<-END
	apiVersion: v1
	kind: PersistentVolume
	metadata:
	  name: $NAMESPACE-$1
	  labels: {calcflow-suite: case}
	spec:
	  capacity: {storage: 1Gi}
	  accessModes: [$4]
	  persistentVolumeReclaimPolicy: Retain
	  storageClassName: ""
	  claimRef: {namespace: $NAMESPACE, name: $3}
	  hostPath: {path: "$2", type: Directory}
	END
}

# hostpath_pv NAME FOLDER CLAIM: such a volume for many, and the claim that is bound to it.
hostpath_pv() {
	hostpath_volume "$1" "$2" "$3" ReadWriteMany
	kubectl apply --server-side --filename - >/dev/null <<-END
	apiVersion: v1
	kind: PersistentVolumeClaim
	metadata:
	  name: $3
	  namespace: $NAMESPACE
	spec:
	  accessModes: [ReadWriteMany]
	  storageClassName: ""
	  volumeName: $NAMESPACE-$1
	  resources: {requests: {storage: 1Gi}}
	END
	kubectl wait --for=jsonpath='{.status.phase}'=Bound "pvc/$3" --timeout=30s >/dev/null
}

# volume_dir POD VOLUME: where the node keeps a pod's emptyDir. One in memory can be seen only from
# inside: `enter ls "$(volume_dir …)"`.
volume_dir() {
	echo "$CALCFLOW_CLUSTER_DIR/kubelet/pods/$(kubectl get pod "$1" -o 'jsonpath={.metadata.uid}')/volumes/kubernetes.io~empty-dir/$2"
}

# --- waiting ---------------------------------------------------------------------------------------

# wait_job NAME SECONDS: until the Job has ended, by a watch. Prints Complete or Failed; status 0 when
# it is Complete, 1 when it has Failed, 124 when the time was over (nothing is printed).
wait_job() {
	local line watch status=124
	# No range in the template: after an empty one kubectl ends the watch, with status 0.
	exec {watch}< <(exec timeout "$2" kubectl get job "$1" --watch -o 'jsonpath={.status.conditions[*].type}{"\n"}')
	local pid=$!
	while IFS= read -r line <&"$watch"; do
		case " $line " in
		*" Complete "*) echo Complete; status=0; break ;;
		*" Failed "*) echo Failed; status=1; break ;;
		esac
	done
	kill "$pid" 2>/dev/null || true
	exec {watch}<&-
	return $status
}

# wait_until SECONDS COMMAND...: until the command succeeds; for what has no watch.
wait_until() {
	local end=$((SECONDS + $1))
	shift
	until "$@"; do
		[ $SECONDS -lt $end ] || return 1
		sleep 0.1
	done
}

# apply_definition FILE NAME: a CustomResourceDefinition, until objects of it are taken. (`kubectl wait` ends at once where a
# status has no condition yet.)
apply_definition() {
	kubectl apply --server-side --validate=strict --filename "$1" >/dev/null
	wait_until 40 definition_is_established "$2" || fail "the definition $2 is not established"
}
definition_is_established() {
	[ "$(kubectl get crd "$1" -o 'jsonpath={.status.conditions[?(@.type=="Established")].status}')" = True ]
}

# The newest pod of a Job (waits until there is one).
job_pod() {
	local name=
	wait_until 30 job_has_pod "$1" || fail "Job $1 has no pod"
	name=$(kubectl get pods --selector "job-name=$1" --sort-by=.metadata.creationTimestamp \
		-o 'jsonpath={.items[-1:].metadata.name}')
	echo "$name"
}

job_has_pod() { [ -n "$(kubectl get pods --selector "job-name=$1" -o name)" ]; }

# container_pid POD CONTAINER: its first process, as a number inside the node: `enter kill -9 …`.
container_pid() {
	local id
	id=$(kubectl get pod "$1" -o "jsonpath={.status.initContainerStatuses[?(@.name=='$2')].containerID}{.status.containerStatuses[?(@.name=='$2')].containerID}")
	enter ctr --address "$CALCFLOW_CLUSTER_DIR/containerd/socket" --namespace k8s.io tasks list |
		awk -v id="${id#containerd://}" '$1 == id { print $2 }'
}

# explain_job NAME: what a failed case shows of a Job.
explain_job() {
	kubectl get job "$1" -o yaml | sed -n '/^status:/,$p'
	kubectl get pods --selector "job-name=$1" -o wide
	kubectl get events --sort-by=.lastTimestamp | tail -n 20
	kubectl logs --selector "job-name=$1" --all-containers --prefix --tail=20
}
