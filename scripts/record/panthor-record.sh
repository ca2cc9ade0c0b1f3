#!/bin/sh
# Records what panthor-replay needs of a running kernel: the events of fences, the GPU scheduler,
# interrupts, work items, tasks, timers, power, panthor's own, register accesses where the kernel
# has them, and the ioctls of programs with their arguments through probes.
# It uses a trace instance of its own and leaves tracefs as it was. Documented in docs/recordings.md.
set -eu

me=${0##*/}
output=recording.txt
seconds=
tracefs=
dry=false
probes=true
buffer_kb=8192
clock=mono
instance=panthor-replay
group=panthor_replay

usage() {
	cat <<USAGE
usage: $me [options] [-- COMMAND...]
Records while COMMAND runs, for some seconds, or until interrupted.
  -o FILE         where to write (default $output); FILE.dat is written by trace-cmd
  -t SECONDS      stop after so many seconds
  -b KB           buffer per CPU (default $buffer_kb)
  --clock NAME    trace clock (default $clock)
  --no-probes     leave the ioctls out: no replay is possible then, only timelines
  --tracefs DIR   tracefs, where it is not found by itself
  --dry-run       say what would be recorded and what is missing, and change nothing
USAGE
}

fail() {
	echo "$me: $*" >&2
	exit 129
}

need() {
	[ $# -ge 2 ] || fail "$1 needs a value; see $me --help"
}

while [ $# -gt 0 ]; do
	case $1 in
	-o) need "$@"; output=$2; shift 2 ;;
	-t) need "$@"; seconds=$2; shift 2 ;;
	-b) need "$@"; buffer_kb=$2; shift 2 ;;
	--clock) need "$@"; clock=$2; shift 2 ;;
	--tracefs) need "$@"; tracefs=$2; shift 2 ;;
	--no-probes) probes=false; shift ;;
	--dry-run) dry=true; shift ;;
	-h | --help) usage; exit 0 ;;
	--) shift; break ;;
	-*) fail "$1: unknown option; see $me --help" ;;
	*) break ;;
	esac
done
case $seconds in *[!0-9]*) fail "-t $seconds: expected whole seconds" ;; esac
case $buffer_kb in '' | *[!0-9]*) fail "-b $buffer_kb: expected kilobytes" ;; esac

if [ -z "$tracefs" ]; then
	for dir in /sys/kernel/tracing /sys/kernel/debug/tracing; do
		[ -f "$dir/available_events" ] && tracefs=$dir && break
	done
fi
[ -n "$tracefs" ] || fail "no tracefs; mount -t tracefs nodev /sys/kernel/tracing (CONFIG_FTRACE)"
[ -f "$tracefs/available_events" ] || fail "$tracefs: no tracefs; it has no available_events"
$dry || [ -w "$tracefs/tracing_on" ] || fail "$tracefs: cannot be written; run as root"

# Events, and what a recording without them lacks.
wanted() {
	cat <<EVENTS
dma_fence/dma_fence_init the beginning of fences; waits and signals cannot be named
dma_fence/dma_fence_enable_signal who waits for which fence; sync objects of waits are guesses
dma_fence/dma_fence_signaled when fences signal: nothing to compare
dma_fence/dma_fence_destroy leaked fences
gpu_scheduler/drm_sched_job_queue|gpu_scheduler/drm_sched_job jobs of submits, and their queues
gpu_scheduler/drm_sched_job_run|gpu_scheduler/drm_run_job when jobs reach the GPU: their lengths
gpu_scheduler/drm_sched_job_done|gpu_scheduler/drm_sched_process_job when jobs end
gpu_scheduler/drm_sched_job_add_dep what jobs wait for; dependencies are left out
gpu_scheduler/drm_sched_job_unschedulable|gpu_scheduler/drm_sched_job_wait_dep what holds jobs up
irq/irq_handler_entry interrupts; contexts of registers and fences are then tasks only
irq/irq_handler_exit the end of interrupts
irq/softirq_entry soft interrupts
irq/softirq_exit the end of soft interrupts
workqueue/workqueue_queue_work who queues work items
workqueue/workqueue_activate_work when work items may run
workqueue/workqueue_execute_start which work item a fence or register belongs to
workqueue/workqueue_execute_end the end of work items
sched/sched_switch when programs sleep; pauses are then computing
sched/sched_waking what wakes tasks
sched/sched_wakeup when tasks may run
timer/timer_start HZ, and the timeouts of waits
timer/timer_cancel timers that did not expire
timer/timer_expire_entry timeouts
rpm/rpm_resume runtime power management
rpm/rpm_suspend runtime power management
rpm/rpm_status whether the device was suspended at the start
rpm/rpm_usage references that keep the device powered
clk/clk_enable clocks
clk/clk_disable clocks
panthor/gpu_job_irq how long job interrupts take (newer panthor)
panthor/gpu_power_status which cores are powered (newer panthor)
rwmmio/rwmmio_write register writes (arm64, CONFIG_TRACE_MMIO_ACCESS); no registers to compare
rwmmio/rwmmio_post_read register reads (arm64, CONFIG_TRACE_MMIO_ACCESS); no registers to compare
bpf_trace/bpf_trace_printk marks of panthor-ioctls.bt (CONFIG_BPF_EVENTS)
EVENTS
}

# Probes: name, function, arguments at the entry, results at the return. Offsets are those of
# include/uapi/drm/panthor_drm.h and drm.h, which never change.
probe_list() {
	cat <<'PROBES'
OPEN|panthor_open||
CLOSE|panthor_postclose||
DEV_QUERY|panthor_ioctl_dev_query|type=+0($arg2):u32|
VM_CREATE|panthor_ioctl_vm_create|range=+8($arg2):x64|id=+4($arg2):u32
VM_DESTROY|panthor_ioctl_vm_destroy|vm=+0($arg2):u32|
VM_BIND|panthor_ioctl_vm_bind|vm=+0($arg2):u32 async=+4($arg2):u32 n=+12($arg2):u32 flags=+u0(+16($arg2)):x32 bo=+u4(+16($arg2)):u32 offset=+u8(+16($arg2)):x64 va=+u16(+16($arg2)):x64 size=+u24(+16($arg2)):x64 nsyncs=+u36(+16($arg2)):u32 f0=+u0(+u40(+16($arg2))):x32 h0=+u4(+u40(+16($arg2))):u32 p0=+u8(+u40(+16($arg2))):u64 f1=+u16(+u40(+16($arg2))):x32 h1=+u20(+u40(+16($arg2))):u32 p1=+u24(+u40(+16($arg2))):u64|
VM_GET_STATE|panthor_ioctl_vm_get_state|vm=+0($arg2):u32|state=+4($arg2):u32
BO_CREATE|panthor_ioctl_bo_create|size=+0($arg2):x64 flags=+8($arg2):x32 vm=+12($arg2):u32|handle=+16($arg2):u32
BO_MMAP_OFFSET|panthor_ioctl_bo_mmap_offset|bo=+0($arg2):u32|
GROUP_CREATE|panthor_ioctl_group_create|nq=+4($arg2):u32 prio=+19($arg2):u8 vm=+48($arg2):u32 ring=+u4(+8($arg2)):u32|handle=+52($arg2):u32
GROUP_DESTROY|panthor_ioctl_group_destroy|group=+0($arg2):u32|
GROUP_GET_STATE|panthor_ioctl_group_get_state|group=+0($arg2):u32|state=+4($arg2):x32 fatal_queues=+8($arg2):x32
GROUP_SUBMIT|panthor_ioctl_group_submit|group=+0($arg2):u32 n=+12($arg2):u32 queue=+u0(+16($arg2)):u32 size=+u4(+16($arg2)):u32 addr=+u8(+16($arg2)):x64 nsyncs=+u28(+16($arg2)):u32 f0=+u0(+u32(+16($arg2))):x32 h0=+u4(+u32(+16($arg2))):u32 p0=+u8(+u32(+16($arg2))):u64 f1=+u16(+u32(+16($arg2))):x32 h1=+u20(+u32(+16($arg2))):u32 p1=+u24(+u32(+16($arg2))):u64|
TILER_HEAP_CREATE|panthor_ioctl_tiler_heap_create|vm=+0($arg2):u32 initial_chunks=+4($arg2):u32 chunk_size=+8($arg2):u32 max_chunks=+12($arg2):u32|context=+24($arg2):x64 first_chunk=+32($arg2):x64
TILER_HEAP_DESTROY|panthor_ioctl_tiler_heap_destroy|heap=+0($arg2):u32|
SYNCOBJ_CREATE|drm_syncobj_create_ioctl|flags=+4($arg2):x32|handle=+0($arg2):u32
SYNCOBJ_DESTROY|drm_syncobj_destroy_ioctl|handle=+0($arg2):u32|
SYNCOBJ_WAIT|drm_syncobj_wait_ioctl|handle=+u0(+0($arg2)):u32 until_ns=+8($arg2):s64 n=+16($arg2):u32 flags=+20($arg2):x32|
SYNCOBJ_TIMELINE_WAIT|drm_syncobj_timeline_wait_ioctl|handle=+u0(+0($arg2)):u32 point=+u0(+8($arg2)):u64 until_ns=+16($arg2):s64 n=+24($arg2):u32 flags=+28($arg2):x32|
SYNCOBJ_TIMELINE_SIGNAL|drm_syncobj_timeline_signal_ioctl|handle=+u0(+0($arg2)):u32 point=+u0(+8($arg2)):u64 n=+16($arg2):u32|
GEM_CLOSE|drm_gem_close_ioctl|handle=+0($arg2):u32|
PROBES
}

# --- what there is ---------------------------------------------------------------------------

has_event() {
	grep -q "^${1%%/*}:${1#*/}\$" "$tracefs/available_events"
}

missing=0
events=
say_missing() {
	missing=$((missing + 1))
	echo "missing: $1; lacks: $2" >&2
}

find_events() {
	while read -r names cost; do
		found=
		for name in $(echo "$names" | tr '|' ' '); do
			if has_event "$name"; then
				found=$name
				break
			fi
		done
		if [ -n "$found" ]; then
			events="$events $found"
		else
			say_missing "${names%%|*}" "$cost"
		fi
	done <<LIST
$(wanted)
LIST
}

# `f` (fprobe, CONFIG_FPROBE_EVENTS, 6.5 or later) costs least; `p`/`r` are kprobes.
probe_kind() {
	if ! $probes || [ ! -e "$tracefs/dynamic_events" ]; then
		echo none
	elif grep -q 'f\[' "$tracefs/README" 2>/dev/null; then
		echo fprobe
	elif [ -e "$tracefs/kprobe_events" ]; then
		echo kprobe
	else
		echo none
	fi
}

has_function() {
	if [ -r "$tracefs/available_filter_functions" ]; then
		grep -q "^$1\\( \\|\$\\)" "$tracefs/available_filter_functions"
	else
		grep -q " $1\\(	\\|\$\\)" /proc/kallsyms 2>/dev/null
	fi
}

# Definitions of one probe: at the entry, at the return with results, at the return without.
definitions() {
	if [ "$kind" = fprobe ]; then
		echo "f:$group/ioctl_$1 $2 $3"
		echo "f:$group/ioctl_$1_ret $2%return ret=\$retval:s32 $4"
		echo "f:$group/ioctl_$1_ret $2%return ret=\$retval:s32"
	else
		echo "p:$group/ioctl_$1 $2 $3"
		echo "r:$group/ioctl_$1_ret $2 ret=\$retval:s32 $4"
		echo "r:$group/ioctl_$1_ret $2 ret=\$retval:s32"
	fi
}

define() {
	printf '%s\n' "$1" 2>/dev/null >>"$tracefs/dynamic_events"
}

# --- recording -------------------------------------------------------------------------------

buffer=
defined=

restore() {
	trap - EXIT INT TERM HUP
	if [ -n "$buffer" ]; then
		echo 0 >"$buffer/tracing_on" || :
		for event in $events; do echo 0 >"$buffer/events/$event/enable" || :; done
		[ ! -e "$buffer/events/$group/enable" ] || echo 0 >"$buffer/events/$group/enable" || :
		rmdir "$buffer" || echo "$me: $buffer stays; rmdir it when nothing uses it" >&2
	fi
	for event in $defined; do
		printf -- '-:%s\n' "$event" >>"$tracefs/dynamic_events" || :
	done
}

make_probes() {
	kind=$(probe_kind)
	if [ "$kind" = none ]; then
		$probes && say_missing "probes (CONFIG_FPROBE_EVENTS or CONFIG_KPROBE_EVENTS)" \
			"the ioctls of programs; no replay, unless panthor-ioctls.bt writes them"
		return 0
	fi
	while IFS='|' read -r name function arguments results; do
		if ! has_function "$function"; then
			say_missing "function $function" "calls of $name (is panthor loaded?)"
			continue
		fi
		if $dry; then
			definitions "$name" "$function" "$arguments" "$results" | sed -n 1,2p | sed 's/^/probe: /'
			continue
		fi
		entry=$(definitions "$name" "$function" "$arguments" "$results" | sed -n 1p)
		full=$(definitions "$name" "$function" "$arguments" "$results" | sed -n 2p)
		plain=$(definitions "$name" "$function" "$arguments" "$results" | sed -n 3p)
		if define "$entry"; then
			defined="$group/ioctl_$name $defined"
		else
			say_missing "arguments of $function" "calls of $name"
			continue
		fi
		# Results are read through an argument at the return: possible since 6.9.
		if define "$full"; then
			defined="$group/ioctl_${name}_ret $defined"
		elif define "$plain"; then
			defined="$group/ioctl_${name}_ret $defined"
			[ -z "$results" ] || say_missing "results of $function" "handles that $name returns"
		else
			say_missing "return of $function" "when $name returns, and what"
		fi
	done <<LIST
$(probe_list)
LIST
}

find_events
if $dry; then
	for event in $events; do echo "event: $event"; done
	make_probes
	echo "$me: nothing changed; $missing missing"
	exit 0
fi

trap restore EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP
buffer=$tracefs/instances/$instance
if ! mkdir "$buffer" 2>/dev/null; then
	buffer=
	fail "$tracefs/instances/$instance: cannot be made; is another recording running?"
fi
echo 0 >"$buffer/tracing_on"
echo "$buffer_kb" >"$buffer/buffer_size_kb"
grep -q "$clock" "$buffer/trace_clock" || fail "--clock $clock: this kernel has $(cat "$buffer/trace_clock")"
echo "$clock" >"$buffer/trace_clock"
make_probes
for event in $events; do
	echo 1 >"$buffer/events/$event/enable" || say_missing "$event" "it cannot be switched on"
done
[ -z "$defined" ] || echo 1 >"$buffer/events/$group/enable"
echo 1 >"$buffer/tracing_on"
status=0
if [ $# -gt 0 ]; then
	"$@" || status=$?
elif [ -n "$seconds" ]; then
	sleep "$seconds"
else
	echo "$me: recording; press Enter to stop" >&2
	read -r _ || :
fi
echo 0 >"$buffer/tracing_on"
case $output in
*.dat) trace-cmd extract -B "$instance" -o "$output" ;;
*)
	cat "$buffer/trace" >"$output.part"
	mv "$output.part" "$output"
	;;
esac
lost=$(cat "$buffer"/per_cpu/cpu*/stats 2>/dev/null | awk '/^(overrun|dropped events):/ { n += $NF } END { print n + 0 }')
[ "$lost" = 0 ] || echo "$me: $lost events were lost; use a larger buffer (-b)" >&2
echo "$me: $output; $missing missing" >&2
exit "$status"
