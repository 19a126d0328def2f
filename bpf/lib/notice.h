/* Notices: what is no crossing and belongs into the trail all the same, on a ring of its own, so that a flood of them pushes out no record
 * and no question. What was decided never waits on one. */
#ifndef REMIT_LIB_NOTICE_H
#define REMIT_LIB_NOTICE_H

#include "emit.h"

/* about: the process that was aimed at or moved, 0: none. number: of a capability, else 0. */
REMIT_APART void remit_notice(const struct remit_subject *subject, __u8 kind, __u16 type, __u32 about, __u16 number)
{
	struct remit_totals *here = remit_totals_here();
	struct remit_judgement judged = {};
	struct remit_facts facts = {.crossing = kind, .type = type, .flags = REMIT_EVENT_NOTICE, .effect = REMIT_REFUSED};
	struct remit_event *event = bpf_ringbuf_reserve(&notices, REMIT_EVENT_HEAD, 0);

	if (!event) {
		if (here)
			__sync_fetch_and_add(&here->notices_lost, 1);
		return;
	}
	if (here)
		__sync_fetch_and_add(&here->notices, 1);
	facts.since_ns = judged.now_ns = bpf_ktime_get_boot_ns();
	judged.verdict = remit_refusal_always(REMIT_GRANTED);
	remit_fill(event, subject, &judged, &facts, 0);
	remit_fill_process(event, subject->tag);
	event->peer_pid = about;
	event->port = number;
	bpf_ringbuf_submit(event, 0);
}

#endif
