/* Judging a crossing in the kernel: the pure decision, then what an allowed one costs (a use) and gives (marks), atomically. */
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
};

/* A use is taken and, past the limit, given back. */
REMIT_INLINE bool remit_take_use(__u64 session, const struct remit_verdict *verdict)
{
	struct remit_use_key key = {.session = session, .rule = verdict->rule};
	struct remit_use *use = bpf_map_lookup_elem(&uses, &key);

	if (!use)
		return false;
	if (__sync_fetch_and_add(&use->taken, 1) < verdict->limit)
		return true;
	__sync_fetch_and_sub(&use->taken, 1);
	return false;
}

/* The nth word of the marks that an allowed crossing gives. */
REMIT_INLINE __u64 remit_mark_word(const struct remit_toolset *toolset, __u32 nth)
{
	return nth < REMIT_TOOL_WORDS ? toolset->best[nth] : toolset->labels;
}

REMIT_INLINE void remit_gain_marks(struct remit_session *session, const struct remit_toolset *toolset)
{
	for (int i = 0; i < REMIT_MARK_WORDS; i++) {
		__u64 gained = remit_mark_word(toolset, i) & ~session->seen[i];

		if (gained)
			__sync_fetch_and_or(&session->seen[i], gained);
	}
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
	__u64 authority = session->authority;
	struct remit_case c = {.now_ns = now_ns, .tables = remit_tables_of(authority), .occasion = occasion};
	struct remit_tables *head = bpf_map_lookup_elem(&tables, &c.tables);

	out->now_ns = now_ns;
	out->tables = c.tables;
	out->generation = remit_generation_of(authority);
	out->mode = head ? head->mode : REMIT_ENFORCE;
	if (subject->conflict)
		out->verdict = remit_refusal_always(REMIT_REASON_CONFLICT);
	else if (!head)
		out->verdict = remit_refusal_always(REMIT_REASON_FAULT);
	else
		remit_decide(session, head, &c, toolset, &out->verdict);
}

/* Decides and takes: a lost race for the last use is judged once more, so that another grant may serve. */
REMIT_INLINE void remit_judge_and_take(struct remit_subject *subject, struct remit_toolset *toolset, __u64 now_ns,
				       struct remit_judgement *out)
{
	struct remit_session *session = subject->session;

	for (int i = 0; i < REMIT_MARK_WORDS; i++)
		out->seen_before[i] = session->seen[i];
	remit_judge(subject, toolset, REMIT_FIRST_USE, now_ns, out);
	if (out->verdict.flags & REMIT_TAKES_USE && !remit_take_use(session->id, &out->verdict)) {
		remit_judge(subject, toolset, REMIT_FIRST_USE, now_ns, out);
		if (out->verdict.flags & REMIT_TAKES_USE && !remit_take_use(session->id, &out->verdict)) {
			out->verdict.kind = REMIT_DENY;
			out->verdict.reason = REMIT_REASON_MAX_USES;
		}
	}
	if (out->verdict.kind == REMIT_ALLOW && toolset)
		remit_gain_marks(session, toolset);
	out->passes = dry_run || remit_passes(&out->verdict, out->mode);
}

/* The object is the session's own: nothing to take, nothing to look up. */
REMIT_INLINE void remit_judge_own(struct remit_subject *subject, __u64 now_ns, struct remit_judgement *out)
{
	remit_judge(subject, NULL, REMIT_JUDGED_AGAIN, now_ns, out);
	for (int i = 0; i < REMIT_MARK_WORDS; i++)
		out->seen_before[i] = subject->session->seen[i];
	if (!subject->conflict)
		remit_decide_own(subject->session, now_ns, &out->verdict);
	out->passes = dry_run || remit_passes(&out->verdict, out->mode);
}

#endif
