/* Judging a crossing in the kernel: the pure decision, then what an allowed one costs (a use, room in a rate's window, an approval) and gives
 * (marks), atomically. */
#ifndef REMIT_LIB_TAKE_H
#define REMIT_LIB_TAKE_H

#include "object.h"
#include "subject.h"

/* One crossing on its way through a hook. */
struct remit_judgement {
	struct remit_verdict verdict;
	__u64 now_ns;
	__u64 seen_before[REMIT_MARK_WORDS];
	__u32 tables;
	__u32 generation;
	__u8 mode;
	__u8 passes; /* 0 or 1; no bool, so that the compiler keeps the mask by which the verifier sees the bound */
	__u8 cuts; /* a mark that was gained makes open sockets stale */
};

/* A use is taken and, past the limit, given back. */
REMIT_INLINE bool remit_take_use(struct remit_use *use, __u32 limit)
{
	if (__sync_fetch_and_add(&use->taken, 1) < limit)
		return true;
	__sync_fetch_and_sub(&use->taken, 1);
	return false;
}

/* Room in the window that is open: number and count are swapped as one word, so that no crossing is counted into a window that is over. */
REMIT_INLINE int remit_take_rate(struct remit_use *use, __u32 window, __u32 limit)
{
	for (int i = 0; i < REMIT_RATE_TRIES; i++) {
		__u64 old = *(volatile __u64 *)&use->window;
		__u64 next = remit_is_open(old, window) ? old + 1 : (__u64)window << 32 | 1;

		if ((__u32)next > limit)
			return REMIT_REASON_RATE;
		if (__sync_val_compare_and_swap(&use->window, old, next) == old)
			return REMIT_GRANTED;
	}
	remit_count_fault();
	return REMIT_REASON_FAULT;
}

/* Gives room back, where its window is still open; in another one it is of no use to anybody. */
REMIT_INLINE void remit_give_back_rate(struct remit_use *use, __u32 window)
{
	for (int i = 0; i < REMIT_RATE_TRIES; i++) {
		__u64 old = *(volatile __u64 *)&use->window;

		if ((__u32)(old >> 32) != window || !(__u32)old || __sync_val_compare_and_swap(&use->window, old, old - 1) == old)
			return;
	}
	remit_count_fault();
}

/* An approval that serves once: whoever takes the bit has it. Answered anew in between for longer, it is put back and serves all the same. */
REMIT_INLINE bool remit_take_approval(struct remit_session *session, __u32 tool)
{
	__u32 word = (tool / 64) & (REMIT_TOOL_WORDS - 1);
	__u64 bit = 1ULL << (tool % 64);

	if (!(__sync_fetch_and_and(&session->approved[word], ~bit) & bit))
		return false;
	if (!(*(volatile __u64 *)&session->once[word] & bit))
		__sync_fetch_and_or(&session->approved[word], bit);
	return true;
}

/* Takes everything that the verdict costs, or nothing. REMIT_GRANTED, or the reason of what could not be had. */
REMIT_STEP int remit_take(struct remit_session *session, const struct remit_judgement *judged)
{
	const struct remit_verdict *verdict;
	const struct remit_grant *grant;
	struct remit_use *use = NULL;
	__u32 window;
	int reason;

	if (!session || !judged)
		return REMIT_REASON_FAULT;
	verdict = &judged->verdict;
	grant = remit_grant_at(NULL, judged->tables, verdict->tool, verdict->nth);
	if (!grant)
		return REMIT_REASON_FAULT;
	if (verdict->flags & (REMIT_TAKES_USE | REMIT_TAKES_RATE)) {
		use = remit_counter_at(session->id, grant->counter);
		if (!use)
			return REMIT_REASON_FAULT;
	}
	if (use && verdict->flags & REMIT_TAKES_USE && !remit_take_use(use, grant->max_uses))
		return REMIT_REASON_MAX_USES;
	window = remit_window_at(session, grant, judged->now_ns);
	reason = use && verdict->flags & REMIT_TAKES_RATE ? remit_take_rate(use, window, grant->rate_count) : REMIT_GRANTED;
	if (reason == REMIT_GRANTED && verdict->flags & REMIT_TAKES_APPROVAL && !remit_take_approval(session, verdict->tool)) {
		reason = REMIT_REASON_APPROVAL;
		if (use && verdict->flags & REMIT_TAKES_RATE)
			remit_give_back_rate(use, window);
	}
	if (reason != REMIT_GRANTED && use && verdict->flags & REMIT_TAKES_USE)
		__sync_fetch_and_sub(&use->taken, 1);
	return reason;
}

/* Gives back what was taken of a session: one above it had none left. */
REMIT_STEP int remit_give_back(struct remit_session *session, const struct remit_judgement *judged)
{
	const struct remit_grant *grant;
	struct remit_use *use;

	if (!session || !judged)
		return 0;
	grant = remit_grant_at(NULL, judged->tables, judged->verdict.tool, judged->verdict.nth);
	use = grant ? remit_counter_at(session->id, grant->counter) : NULL;
	if (use && judged->verdict.flags & REMIT_TAKES_RATE)
		remit_give_back_rate(use, remit_window_at(session, grant, judged->now_ns));
	if (use && judged->verdict.flags & REMIT_TAKES_USE)
		__sync_fetch_and_sub(&use->taken, 1);
	return 0;
}

/* From each session above, the nearest first, or from none; what the session itself paid goes back too. All have the grant, and a counter of
 * their own for it. */
REMIT_STEP int remit_take_above(struct remit_session *below, const struct remit_judgement *judged)
{
	struct remit_session *session;
	int reason = REMIT_GRANTED;
	bool gone = false;
	int paid = 0;

	if (!below || !judged)
		return REMIT_REASON_FAULT;
	session = remit_parent_of(below, &gone);
	for (int i = 0; i < REMIT_MAX_LINEAGE; i++) {
		if (!session || reason != REMIT_GRANTED)
			break;
		reason = remit_take(session, judged);
		paid += reason == REMIT_GRANTED;
		session = remit_parent_of(session, &gone);
	}
	if (gone)
		reason = REMIT_REASON_REVOKED;
	if (reason == REMIT_GRANTED)
		return REMIT_GRANTED;
	session = below;
	for (int i = 0; i <= REMIT_MAX_LINEAGE; i++) {
		if (!session || i > paid)
			break;
		remit_give_back(session, judged);
		session = remit_parent_of(session, &gone);
	}
	return reason;
}

/* From the session and all above it, or from none. */
REMIT_INLINE int remit_take_all(struct remit_session *session, const struct remit_judgement *judged)
{
	int reason = remit_take(session, judged);

	return reason == REMIT_GRANTED && session->parent ? remit_take_above(session, judged) : reason;
}

/* The nth word of the marks that an allowed crossing gives. */
REMIT_INLINE __u64 remit_mark_word(const struct remit_toolset *toolset, __u32 nth)
{
	return nth < REMIT_TOOL_WORDS ? toolset->best[nth] : toolset->labels;
}

/* Returns those marks of cuts that nobody gained before: 0, or not. */
REMIT_INLINE __u64 remit_gain_marks(struct remit_session *session, const struct remit_toolset *toolset, const struct remit_tables *head)
{
	__u64 cutting = 0;

	for (int i = 0; i < REMIT_MARK_WORDS; i++) {
		__u64 gained = remit_mark_word(toolset, i) & ~session->seen[i];

		if (gained)
			cutting |= gained & ~__sync_fetch_and_or(&session->seen[i], gained) & head->cuts[i];
	}
	return cutting;
}

REMIT_INLINE bool remit_gives_any(const struct remit_session *session, const struct remit_toolset *toolset)
{
	__u64 gained = 0;

	for (int i = 0; i < REMIT_MARK_WORDS; i++)
		gained |= remit_mark_word(toolset, i) & ~session->seen[i];
	return gained != 0;
}

/* The marks of an allowed crossing, of one session. The first gain of one that cuts makes all verdicts stale: what a deny with `cut` now refuses
 * ends with its next packet, and what it does not goes on. 1: it was one. */
REMIT_STEP int remit_gain(struct remit_session *session, const struct remit_toolset *toolset)
{
	struct remit_tables *head;
	__u32 tables_id;

	if (!session || !toolset || !remit_gives_any(session, toolset))
		return 0;
	tables_id = remit_tables_of(session->authority);
	head = bpf_map_lookup_elem(&tables, &tables_id);
	if (!head || !remit_gain_marks(session, toolset, head))
		return 0;
	__sync_fetch_and_add(&session->authority, 1ULL << 32);
	return 1;
}

/* Those above have seen what is done below them. */
REMIT_STEP int remit_gain_above(const struct remit_session *below, const struct remit_toolset *toolset)
{
	struct remit_session *session;
	bool gone = false;
	int cuts = 0;

	if (!below || !toolset)
		return 0;
	session = remit_parent_of(below, &gone);
	for (int i = 0; i < REMIT_MAX_LINEAGE; i++) {
		if (!session)
			break;
		cuts |= remit_gain(session, toolset);
		session = remit_parent_of(session, &gone);
	}
	return cuts;
}

REMIT_INLINE __u32 remit_mode_of(const struct remit_subject *subject)
{
	__u32 tables_id = remit_tables_of(subject->session->authority);
	struct remit_tables *head = bpf_map_lookup_elem(&tables, &tables_id);

	return head ? head->mode : REMIT_ENFORCE;
}

/* Decides; takes nothing yet. */
REMIT_INLINE void remit_judge(struct remit_subject *subject, struct remit_toolset *toolset, __u32 occasion, __u64 now_ns,
			      struct remit_judgement *out)
{
	struct remit_session *session = subject->session;
	struct remit_case c = {.now_ns = now_ns, .occasion = occasion};
	struct remit_tables *head;
	int above;

	/* Never a generation later than the tables: with one, what the old ones say would pass for fresh. */
	out->generation = remit_generation_of_line(session);
	barrier();
	c.tables = remit_tables_of(session->authority);
	head = bpf_map_lookup_elem(&tables, &c.tables);
	out->now_ns = now_ns;
	out->tables = c.tables;
	out->mode = head ? head->mode : REMIT_ENFORCE;
	if (subject->conflict)
		out->verdict = remit_refusal_always(REMIT_REASON_CONFLICT);
	else if (!head)
		out->verdict = remit_refusal_always(REMIT_REASON_FAULT);
	else
		remit_decide(session, head, &c, toolset, &out->verdict);
	above = session->parent ? remit_line_standing(session, now_ns) : REMIT_GRANTED;
	if (above != REMIT_GRANTED)
		out->verdict = remit_refusal_always(above);
}

#define REMIT_TAKES (REMIT_TAKES_USE | REMIT_TAKES_RATE | REMIT_TAKES_APPROVAL)

/* Decides and takes: a lost race for the last of something is judged once more, so that another grant may serve. */
REMIT_INLINE void remit_judge_and_take(struct remit_subject *subject, struct remit_toolset *toolset, __u64 now_ns,
				       struct remit_judgement *out)
{
	struct remit_session *session = subject->session;
	int reason;

	for (int i = 0; i < REMIT_MARK_WORDS; i++)
		out->seen_before[i] = session->seen[i];
	out->cuts = 0;
	remit_judge(subject, toolset, REMIT_FIRST_USE, now_ns, out);
	if (out->verdict.flags & REMIT_TAKES && remit_take_all(session, out) != REMIT_GRANTED) {
		remit_judge(subject, toolset, REMIT_FIRST_USE, now_ns, out);
		reason = out->verdict.flags & REMIT_TAKES ? remit_take_all(session, out) : REMIT_GRANTED;
		if (reason != REMIT_GRANTED) {
			out->verdict.kind = reason == REMIT_REASON_APPROVAL ? REMIT_PENDING : REMIT_DENY;
			out->verdict.reason = reason;
		}
	}
	if (out->verdict.kind == REMIT_ALLOW && toolset) {
		out->cuts = remit_gain(session, toolset) & 1;
		if (session->parent)
			out->cuts |= remit_gain_above(session, toolset) & 1;
	}
	out->passes = dry_run || remit_passes(&out->verdict, out->mode);
}

/* The object is the session's own: nothing to take, nothing to look up. */
REMIT_INLINE void remit_judge_own(struct remit_subject *subject, __u64 now_ns, struct remit_judgement *out)
{
	remit_judge(subject, NULL, REMIT_JUDGED_AGAIN, now_ns, out);
	for (int i = 0; i < REMIT_MARK_WORDS; i++)
		out->seen_before[i] = subject->session->seen[i];
	if (!subject->conflict && !(subject->session->parent && remit_line_standing(subject->session, now_ns) != REMIT_GRANTED))
		remit_decide_own(subject->session, now_ns, &out->verdict);
	out->passes = dry_run || remit_passes(&out->verdict, out->mode);
}

#endif
