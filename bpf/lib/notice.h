/* Notices: what is no crossing and belongs into the trail all the same, on a ring of its own, so that a flood of them pushes out no record
 * and no question. What was decided never waits on one. */
#ifndef REMIT_LIB_NOTICE_H
#define REMIT_LIB_NOTICE_H

#include "emit.h"

/* What was tried. */
struct remit_attempt {
	const struct remit_file *file; /* NULL: none */
	__u64 name; /* kernel address of a name that ends with a zero; 0: none */
	__u32 about; /* the process that was aimed at or moved; 0: none */
	__u16 what; /* enum remit_touch or enum remit_move */
	__u16 number; /* of a capability */
};

REMIT_APART void remit_notice(const struct remit_subject *subject, __u8 kind, const struct remit_attempt *attempt, __u8 effect)
{
	struct remit_totals *here = remit_totals_here();
	struct remit_judgement judged = {};
	struct remit_facts facts = {.file = attempt->file, .crossing = kind, .flags = REMIT_EVENT_NOTICE, .effect = effect};
	struct remit_event *event = bpf_ringbuf_reserve(&notices, sizeof(*event), 0);

	if (!event) {
		if (here)
			__sync_fetch_and_add(&here->notices_lost, 1);
		return;
	}
	if (here)
		__sync_fetch_and_add(&here->notices, 1);
	facts.type = attempt->what;
	facts.since_ns = judged.now_ns = bpf_ktime_get_boot_ns();
	judged.verdict = remit_verdict_of(REMIT_DENY, REMIT_REASON_DENIED, REMIT_NO_TOOL, REMIT_NO_RULE);
	judged.mode = remit_mode_of(subject);
	remit_fill(event, subject, &judged, &facts, 0);
	remit_fill_file(event, &facts);
	remit_fill_process(event, subject->tag);
	event->peer_pid = attempt->about;
	event->port = attempt->number;
	event->path[0] = 0;
	if (attempt->name)
		bpf_probe_read_kernel_str(event->path, sizeof(event->path), (const void *)attempt->name);
	bpf_ringbuf_submit(event, 0);
}

#endif
