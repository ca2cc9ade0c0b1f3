// The findings of the user submission RFC's catalogue (USUB-1…43): the trace that shows each, on the
// RFC as written against the corrected variant, and what catches it.

import type { Catch } from "../catch.ts";
import type { Finding, FindingStatus, Shown } from "../finding.ts";

const rfc = "user-submission-rfc";
const fixed = "user-submission-fixed";

const result = (of: RegExp): Catch => ({ by: "result", of });
const warning = (of: RegExp): Catch => ({ by: "warning", of });
const delayed = (of: RegExp): Catch => ({
  by: "difference",
  section: "fences",
  kind: "delayed",
  of,
});
const event = (kind: "missing" | "extra", of: RegExp): Catch => ({ by: "event", kind, of });
const sequence = (aspect: "contexts", kind: "missing" | "extra", of: RegExp): Catch => ({
  by: "sequence",
  aspect,
  kind,
  of,
});

interface More {
  readonly status?: FindingStatus;
  readonly hasNot?: string;
  readonly candidate?: string;
  readonly part?: string;
  readonly others?: readonly Shown[];
}

/** A finding that the RFC has and the corrected variant does not. */
function shown(
  n: number,
  slug: string,
  title: string,
  catches: readonly Catch[],
  { status = "open", hasNot = fixed, candidate, part, others }: More = {},
): Finding {
  const trace = `user-submission/usub-${String(n).padStart(2, "0")}-${slug}`;
  const open = {
    ...(candidate === undefined ? {} : { candidate }),
    ...(part === undefined ? {} : { part }),
  };
  return {
    id: `USUB-${n}`,
    title,
    status,
    exposure: { kind: "shown", trace, has: rfc, hasNot, catches, ...open },
    ...(others === undefined ? {} : { others }),
  };
}

const cannotShow = (n: number, title: string, reason: string): Finding => ({
  id: `USUB-${n}`,
  title,
  status: "open",
  exposure: { kind: "cannot show", reason },
});

export const findings: readonly Finding[] = [
  shown(
    1,
    "kick-during-create",
    "The same group is scheduled twice",
    [warning(/scheduled-once|tick_ctx_pick_groups/)],
    {
      // "the authors only report the symptom": 4.1 has three candidates.
      candidate:
        "C1 of the catalogue (4.1, tag D): the group handle is visible in the xarray before its run node is put on the idle list",
      others: [
        {
          kind: "shown",
          trace: "user-submission/usub-01b-update-inside-reset",
          has: rfc,
          hasNot: fixed,
          candidate:
            "C2 of the catalogue (4.1, tag P): sync_upd_work runs inside the reset and can move a node off the stopped list, so post-reset never restarts that group and its extra reference leaks. " +
            "C3 (4.1, tag D, weak form: evicted as idle, found non-idle at unbind, rescheduled at once) has no trace: it breaks none of the invariants that the entry asks for",
          catches: [
            result(/syncobj_timeline_wait: return value is -62/),
            { by: "check", name: "references" },
          ],
        },
      ],
    },
  ),
  shown(2, "stale-doorbell", "Doorbell fault races with unbind: stale real mapping", [
    event("missing", /user_db_insert.*b=0xff/),
  ]),
  shown(3, "zap-hits-others", "Revocation zaps too much, and handles collide between files", [
    event("extra", /user_db_fault/),
  ]),
  shown(4, "ring-before-unbind", "Work lost around eviction: idle is decided before revocation", [
    result(/the value comes is no/),
  ]),
  shown(
    5,
    "autosuspend-strands-ring",
    "A direct ring does not hold runtime PM: autosuspend strands the work",
    [result(/the value comes is no/)],
  ),
  // The reference that KICK does not take; the work may survive without (USUB-5).
  shown(6, "kick-resident", "GROUP_KICK on a resident group: the same PM, devfreq and idle gap", [
    event("missing", /app-\d+ .*rpm_resume: dev=fb000000.gpu flags=0x5/),
  ]),
  shown(
    7,
    "parked-with-work",
    "Suspended groups with work are parked on the idle list, and KICK does not promote them",
    [result(/the value comes is no/)],
  ),
  shown(8, "kick-checks-nothing", "GROUP_KICK validates nothing", [
    result(/group_kick: return value is 0/),
  ]),
  shown(9, "timeout-across-reset", "XGS is not quiesced across reset", [
    result(/status of fence s1:1 is -110/),
  ]),
  shown(10, "no-watchdog", "No watchdog on user-submitted GPU work", [result(/group state is 0/)]),
  shown(11, "silent-death", "Group fault or termination is invisible to user submission", [
    result(/eventfd_read: return value is -11/),
  ]),
  shown(
    12,
    "signal-without-doorbell",
    "An XGS signal rings no doorbell: a partially blocked resident group misses it",
    [result(/the value comes is no/)],
    {
      candidate:
        "the catalogue (4.1, tag P): relies on FW re-evaluating waits only on GPU-side updates or a doorbell, which the SYNC_UPDATE code comment supports; decision 5 of section 5",
    },
  ),
  shown(13, "conditional-doorbell", "SYNC_UPDATE's doorbell is conditional on the usage count", [
    sequence("contexts", "missing", /W DOORBELL_0 in app/),
  ]),
  shown(14, "stale-wait-object", "Stale cached wait object", [result(/the value comes is no/)]),
  shown(15, "mutex-of-the-device", "drmm_mutex_init() on a counted object", [
    warning(/use-after-free in mutex_destroy/),
  ]),
  shown(
    16,
    "timeout-beside-completion",
    "A timeout races with completion: double put, use after free",
    [warning(/use-after-free in xgs_timedout_job \(struct panthor_xgs_job\)/)],
  ),
  shown(17, "destroy-leaves-queued-jobs", "Destroy does not cancel queued jobs", [
    result(/status of fence s2:1 is -110/),
    result(/status of fence s3:1 is -110/),
  ]),
  shown(18, "timeout-drops-signals", "Timed-out jobs never perform their signals", [
    result(/value at 16 is 0/),
    event("missing", /CS_INHERIT_FAULT/),
  ]),
  shown(19, "signal-to-another-queue", "Signals between XGS queues are not propagated", [
    result(/syncobj_timeline_wait: return value is -62/),
  ]),
  shown(20, "timeouts-add-up", "The timeout is long, serial, and per hop", [
    result(/syncobj_timeline_wait: return value is -62/),
  ]),
  shown(21, "timeout-without-slot", "XGS timers run while the awaited GPU work cannot run", [
    result(/status of fence s1:1 is -110/),
  ]),
  shown(22, "errors-not-inherited", "The error semantics of the uAPI are not implemented", [
    result(/status of fence s1:1 is 1/),
    result(/status of fence s2:1 is 1/),
  ]),
  shown(23, "add-loses-update", "Sync-object writes are not atomic", [result(/value at 0 is 5/)], {
    part: "the addition; tearing needs a 32-bit kernel",
    others: [
      {
        kind: "shown",
        trace: "user-submission/usub-23b-value-before-error",
        has: rfc,
        hasNot: fixed,
        part: "the order of value and error, where a kernel-submit group dies: no XGS job that ends with an error in both versions signals in both; barriers do not show, stores of the CPU are seen in order",
        catches: [event("missing", /CS_INHERIT_FAULT/), result(/value at 32 is 1/)],
      },
    ],
  }),
  shown(24, "operations-not-checked", "Operations are not validated at submission", [
    result(/xgs_submit: return value is 0/),
    warning(/paging request/),
  ]),
  shown(25, "warnings-for-all", "User-triggerable kernel warnings", [
    warning(/IS_ERR_OR_NULL/),
    warning(/insert < queue/),
  ]),
  shown(26, "unknown-queue-succeeds", "XGS_QUEUE_SUBMIT with an unknown queue returns success", [
    result(/xgs_submit: return value is 0/),
  ]),
  shown(27, "bad-eventfd", "Bad eventfd: an error pointer is stored, then put", [
    warning(/paging request at virtual address ffffffffffffffea/),
    warning(/paging request at virtual address fffffffffffffff7/),
  ]),
  shown(28, "lookup-without-lock", "Lookups without protection of the reference", [
    warning(/use-after-free in kref_get/),
  ]),
  shown(29, "group-outlives-file", "Groups outlive their file", [
    warning(/use-after-free in group_free_queue/),
  ]),
  shown(30, "copies-queues-back", "GROUP_CREATE writes the queue array back", [
    result(/user_group_create: return value is -14/),
    result(/user_group_create: return value is -16/),
  ]),
  shown(
    31,
    "indefinite-fence",
    "An XGS finished fence is controlled by user space",
    [result(/syncobj_timeline_wait: return value is -62/)],
    { hasNot: "user-submission-late-fences" },
  ),
  shown(
    32,
    "circular-wait",
    "Circular dependencies, broken only by timeouts",
    [result(/xgs_submit: return value is 0/), result(/syncobj_timeline_wait: return value is -62/)],
    { hasNot: "user-submission-late-fences" },
  ),
  shown(33, "locks-on-signalling-path", "Allocation and reservation locks on the signalling path", [
    result(/syncobj_timeline_wait: return value is -62/),
    delayed(/is signalled 5\d{4}\.\d+ us later/),
  ]),
  shown(34, "reclaim-of-memory-in-use", "No fences for user work: no safe reclaim", [
    result(/group state is 2/),
  ]),
  shown(
    35,
    "implicit-writer",
    "The XGS fence is a write fence on shared objects",
    [result(/bo_wait: return value is -62/)],
    { status: "fixed later" },
  ),
  cannotShow(
    36,
    "A fence exists only if asked for, possibly after the work",
    "nothing in the driver orders a request for a fence with the work, in any version: the catalogue's correction is a sentence in the uAPI, so no revision lacks it",
  ),
  shown(37, "readable-dummy-page", "The dummy doorbell page is shared and can be made readable", [
    result(/user_doorbell_read: return value is 0/),
  ]),
  shown(38, "mapping-outlives-group", "Doorbell mappings survive their group", [
    event("extra", /user_doorbell: doorbell=1/),
  ]),
  shown(39, "offsets-of-64-bits", "ABI collisions and 32-bit processes", [
    result(/user_map: return value is -75/),
    result(/ioctl: argument is 0x3,0x0,0x0,0x0, expected 0x3,0x0,0x2,0x0/),
  ]),
  shown(40, "work-under-the-lock", "Unprivileged work amplifier", [
    delayed(/is signalled \d{2,}\.\d+ us later/),
  ]),
  shown(41, "extract-of-the-user", "The kernel trusts pages that the user can write", [
    result(/user_io_store: return value is 0/),
    result(/the value comes is no/),
  ]),
  shown(42, "no-accounting", "Accounting blind spots", [result(/fdinfo: line of fdinfo/)], {
    part: "fdinfo",
    others: [
      {
        kind: "shown",
        trace: "user-submission/usub-42b-clock-stays-low",
        has: rfc,
        hasNot: fixed,
        part: "devfreq; how many jobs are in flight nobody asks the driver",
        catches: [result(/line of cur_freq/)],
      },
    ],
  }),
  shown(
    43,
    "forged-completion",
    "Completion can be forged or premature",
    [result(/group state is 2/)],
    {
      part: "memory reclaim that rests on the fence; the fence itself can be forged in every version, as 4.3 allows",
    },
  ),
];
