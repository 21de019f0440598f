# Images of a program that does nothing, for the cases that try what cannot be had: calcflow/test-here, of this machine;
# calcflow/test-foreign, which says so and whose program is another machine's; calcflow/test-other, which says that it is for another.
images_elsewhere() {
	local arch machine

	case $(uname -m) in x86_64) arch=arm64 machine='\267' ;; *) arch=amd64 machine='\76' ;; esac
	static_program "$WORK/nop" "$here/nop.c"
	cp "$WORK/nop" "$WORK/nop-elsewhere"
	printf "$machine" | dd of="$WORK/nop-elsewhere" bs=1 seek=18 conv=notrunc status=none   # e_machine, its low byte
	flow_image calcflow/test-here:1 "$WORK/nop:/bin/"
	flow_image calcflow/test-foreign:1 "$WORK/nop-elsewhere:/bin/nop"
	flow_image calcflow/test-other:1 --arch "$arch" "$WORK/nop-elsewhere:/bin/nop" ||
		echo "the node does not take it: it will be asked of a registry"
}
