/* The decision, one order everywhere (POLICY.md): pure, no helper, no map. The kernel, `policy test`, `policy explain`, the unit tests and
 * the fuzzers all run this very code. The includer says where rules and counts are kept by defining the five functions declared below. */
#ifndef REMIT_ABI_VERDICT_H
#define REMIT_ABI_VERDICT_H

#include "policy.h"

#define REMIT_INLINE static inline __attribute__((always_inline))
/* A step with many ways through it: in the kernel a global function, which the verifier walks once, not once for each path to it. Its
 * pointers are never NULL; the verifier wants that checked. */
#ifdef __bpf__
#define REMIT_STEP __attribute__((noinline))
/* A step with a stack frame of its own: all frames of a chain of calls share 512 bytes. */
#define REMIT_APART static __attribute__((noinline))
/* The verifier of 6.1 takes a call at the end of a loop's body for a jump back that it does not allow ("back-edge"). */
#define REMIT_UNROLL _Pragma("clang loop unroll(full)")
#else
#define REMIT_STEP REMIT_INLINE
#define REMIT_UNROLL
#endif

/* Judging again (a stale socket) takes nothing, does not ask for what was already answered or done, and leaves a socket alone that was let
 * through before a mark made a deny bite, unless that deny cuts. */
enum remit_occasion { REMIT_FIRST_USE = 0, REMIT_JUDGED_AGAIN = 1 };

struct remit_rules;
/* The nth grant of a tool, the nth deny, or NULL behind the last; what was taken of a grant, all bits set where nothing is kept; until when
 * an approval lasts, 0 where no end is kept; the topmost session of the line that a session is in, itself where it is below none, NULL where
 * the line is broken. A session below others has the policy of all of them, of its grants the delegable ones; what it did, those above have seen
 * too, so the topmost has seen the most and began first, and it itself has seen the least and began last. */
REMIT_INLINE const struct remit_grant *remit_grant_at(const struct remit_rules *rules, __u32 tables, __u32 tool, __u32 nth);
REMIT_INLINE const struct remit_deny *remit_deny_at(const struct remit_rules *rules, __u32 tables, __u32 nth);
REMIT_INLINE struct remit_use remit_use_of(const struct remit_rules *rules, __u64 session, __u32 counter);
REMIT_INLINE __u64 remit_approval_end(const struct remit_rules *rules, __u64 session, __u32 tool);
REMIT_INLINE const struct remit_session *remit_top_of(const struct remit_session *session);

/* When, why and by which rules a crossing is judged; the session, its tables and the object go beside it. */
struct remit_case {
	const struct remit_rules *rules; /* NULL in the kernel, where the maps are the rules */
	__u64 now_ns; /* boot time */
	__u32 tables;
	__u32 occasion; /* enum remit_occasion */
};

REMIT_INLINE int remit_any_tool(const __u64 *a, const __u64 *b)
{
	return ((a[0] & b[0]) | (a[1] & b[1]) | (a[2] & b[2]) | (a[3] & b[3])) != 0;
}

REMIT_INLINE int remit_no_tool(const __u64 *a)
{
	return (a[0] | a[1] | a[2] | a[3]) == 0;
}

REMIT_INLINE int remit_any_mark(const __u64 *a, const __u64 *b)
{
	return remit_any_tool(a, b) || (a[REMIT_TOOL_WORDS] & b[REMIT_TOOL_WORDS]) != 0;
}

REMIT_INLINE int remit_no_mark(const __u64 *a)
{
	return remit_no_tool(a) && a[REMIT_TOOL_WORDS] == 0;
}

REMIT_INLINE int remit_all_marks(const __u64 *wanted, const __u64 *seen)
{
	__u64 missing = 0;

	for (int i = 0; i < REMIT_MARK_WORDS; i++)
		missing |= wanted[i] & ~seen[i];
	return missing == 0;
}

/* Index of the lowest bit of a word that is not 0, by a De Bruijn sequence: the BPF target has no instruction for it, and a table look-up
 * leaves the verifier one path where comparisons would leave it sixty-four. */
REMIT_INLINE __u32 remit_lowest_bit(__u64 word)
{
	static const __u8 index[64] = {
		0,  1,	2,  53, 3,  7,	54, 27, 4,  38, 41, 8,	34, 55, 48, 28, 62, 5,	39, 46, 44, 42,
		22, 9,	24, 35, 59, 56, 49, 18, 29, 11, 63, 52, 6,  26, 37, 40, 33, 47, 61, 45, 43, 21,
		23, 58, 17, 10, 51, 25, 36, 32, 60, 20, 57, 16, 50, 31, 19, 15, 30, 14, 13, 12,
	};

	return index[((word & -word) * 0x022fdd63cc95386dULL) >> 58];
}

/* The lowest numbered tool of a set, taken out of it; REMIT_NO_TOOL when it is empty. */
REMIT_INLINE __u32 remit_take_first_tool(__u64 *tools)
{
	for (__u32 i = 0; i < REMIT_TOOL_WORDS; i++) {
		__u64 word = tools[i];

		if (word) {
			tools[i] = word & (word - 1);
			return i * 64 + remit_lowest_bit(word);
		}
	}
	return REMIT_NO_TOOL;
}

REMIT_INLINE __u32 remit_first_tool(const __u64 *tools)
{
	for (__u32 i = 0; i < REMIT_TOOL_WORDS; i++)
		if (tools[i])
			return i * 64 + remit_lowest_bit(tools[i]);
	return REMIT_NO_TOOL;
}

REMIT_INLINE int remit_has_tool(const __u64 *tools, __u32 tool)
{
	return (tools[(tool / 64) & (REMIT_TOOL_WORDS - 1)] >> (tool % 64)) & 1;
}

REMIT_INLINE struct remit_verdict remit_verdict_of(__u8 kind, __u8 reason, __u16 tool, __u16 rule)
{
	struct remit_verdict verdict = {.kind = kind, .reason = reason, .flags = 0, .tool = tool, .rule = rule, .limit = 0, .nth = 0};

	return verdict;
}

/* A refusal in every mode: the session itself is over, in doubt, or Remit failed. */
REMIT_INLINE struct remit_verdict remit_refusal_always(__u8 reason)
{
	struct remit_verdict verdict = remit_verdict_of(REMIT_DENY, reason, REMIT_NO_TOOL, REMIT_NO_RULE);

	verdict.flags |= REMIT_BITES_ALWAYS;
	return verdict;
}

/* Step 1: the session's own standing. REMIT_GRANTED: it stands. */
REMIT_INLINE enum remit_reason remit_standing(const struct remit_session *session, __u64 now_ns)
{
	if (session->state != REMIT_ARMED)
		return session->state == REMIT_SUSPENDED ? REMIT_REASON_SUSPENDED : REMIT_REASON_REVOKED;
	if (session->expires_ns && now_ns >= session->expires_ns)
		return REMIT_REASON_EXPIRED;
	return REMIT_GRANTED;
}

REMIT_STEP int remit_deny_bites(const struct remit_deny *deny, const struct remit_toolset *toolset, const struct remit_session *session)
{
	const struct remit_session *top;

	if (!deny || !toolset || !session)
		return 1;
	if (!remit_any_tool(deny->tools, toolset->covers) || remit_no_mark(deny->after))
		return remit_any_tool(deny->tools, toolset->covers);
	top = remit_top_of(session);
	return !top || remit_any_mark(deny->after, top->seen);
}

/* A deny that bites from a mark on, and lets be what passed before it. */
REMIT_INLINE int remit_comes_late(const struct remit_deny *deny)
{
	return !(deny->flags & REMIT_DENY_CUT) && !remit_no_mark(deny->after);
}

/* Step 2: the first deny that bites. Returns 1 and the refusal, or 0. */
REMIT_STEP int remit_find_deny(const struct remit_session *session, const struct remit_tables *head, const struct remit_case *c,
			       const struct remit_toolset *toolset, struct remit_verdict *out)
{
	if (!session || !head || !c || !toolset || !out)
		return 1;
	for (__u32 nth = 0; nth < REMIT_MAX_DENIES && nth < head->deny_count; nth++) {
		const struct remit_deny *deny = remit_deny_at(c->rules, c->tables, nth);
		__u64 named[REMIT_TOOL_WORDS];

		if (!deny) { /* tables without their denies: refuse rather than guess */
			*out = remit_refusal_always(REMIT_REASON_FAULT);
			return 1;
		}
		if (!remit_deny_bites(deny, toolset, session) || (c->occasion == REMIT_JUDGED_AGAIN && remit_comes_late(deny)))
			continue;
		for (int i = 0; i < REMIT_TOOL_WORDS; i++)
			named[i] = deny->tools[i] & toolset->covers[i];
		*out = remit_verdict_of(REMIT_DENY, REMIT_REASON_DENIED, remit_first_tool(named), deny->rule);
		if (deny->flags & REMIT_DENY_ALWAYS)
			out->flags |= REMIT_BITES_ALWAYS;
		return 1;
	}
	return 0;
}

/* Is it the grant's time? It begins for the whole line when it does for the last, and ends when it does for the first. REMIT_GRANTED: it is. */
REMIT_INLINE int remit_grant_time(const struct remit_session *session, const struct remit_session *top, const struct remit_grant *grant,
				  __u64 now_ns)
{
	if (now_ns - session->start_ns < grant->from_ns)
		return REMIT_REASON_NOT_YET;
	return grant->until_ns && now_ns - top->start_ns >= grant->until_ns ? REMIT_REASON_GRANT_EXPIRED : REMIT_GRANTED;
}

/* The number of a rate's window: they are fixed, and counted from session start. */
REMIT_INLINE __u32 remit_window_at(const struct remit_session *session, const struct remit_grant *grant, __u64 now_ns)
{
	return grant->rate_ns ? (now_ns - session->start_ns) / grant->rate_ns : 0;
}

/* Has a crossing on another CPU, of a moment later, opened this window or a further one? Then that is the open one. */
REMIT_INLINE int remit_is_open(__u64 word, __u32 window)
{
	return (int)((__u32)(word >> 32) - window) >= 0;
}

/* What was taken of a grant says that there is no more, and why; REMIT_GRANTED: there is. */
REMIT_INLINE int remit_grant_left(const struct remit_session *session, const struct remit_case *c, const struct remit_grant *grant)
{
	struct remit_use use;

	if (!grant->max_uses && !grant->rate_ns)
		return REMIT_GRANTED;
	use = remit_use_of(c->rules, session->id, grant->counter);
	if (grant->max_uses && use.taken >= grant->max_uses)
		return REMIT_REASON_MAX_USES;
	if (!grant->rate_ns)
		return REMIT_GRANTED;
	if (use.window == ~0ULL ||
	    (remit_is_open(use.window, remit_window_at(session, grant, c->now_ns)) && (__u32)use.window >= grant->rate_count))
		return REMIT_REASON_RATE;
	return REMIT_GRANTED;
}

REMIT_INLINE int remit_is_approved(const struct remit_session *session, const struct remit_case *c, __u32 tool)
{
	__u64 end;

	if (!remit_has_tool(session->approved, tool))
		return 0;
	end = remit_approval_end(c->rules, session->id, tool);
	return !end || c->now_ns < end;
}

/* The first condition of a grant that fails, in the order of the reasons; REMIT_GRANTED when all hold. */
REMIT_STEP int remit_judge_grant(const struct remit_session *session, const struct remit_case *c, const struct remit_grant *grant,
				 __u32 tool)
{
	const struct remit_session *top;
	int reason;

	if (!session || !c || !grant)
		return REMIT_REASON_FAULT;
	top = remit_top_of(session);
	if (!top)
		return REMIT_REASON_FAULT;
	reason = remit_grant_time(session, top, grant, c->now_ns);
	if (reason != REMIT_GRANTED)
		return reason;
	if (!remit_all_marks(grant->only_after, session->seen))
		return REMIT_REASON_ONLY_AFTER;
	if (remit_any_mark(grant->never_after, top->seen))
		return REMIT_REASON_NEVER_AFTER;
	reason = remit_grant_left(session, c, grant);
	if (reason != REMIT_GRANTED)
		return reason;
	if ((grant->flags & REMIT_GRANT_APPROVAL) && !remit_is_approved(session, c, tool))
		return REMIT_REASON_APPROVAL;
	return REMIT_GRANTED;
}

/* Does a grant that once let a socket through still stand? What was done, used or answered then is not asked again. */
REMIT_STEP int remit_grant_stands(const struct remit_session *session, const struct remit_grant *grant, __u64 now_ns)
{
	const struct remit_session *top;
	int reason;

	if (!session || !grant)
		return REMIT_REASON_FAULT;
	top = remit_top_of(session);
	if (!top)
		return REMIT_REASON_FAULT;
	reason = remit_grant_time(session, top, grant, now_ns);
	if (reason != REMIT_GRANTED)
		return reason;
	if (remit_any_mark(grant->never_after, top->seen))
		return REMIT_REASON_NEVER_AFTER;
	return REMIT_GRANTED;
}

REMIT_INLINE int remit_reason_of_grant(const struct remit_session *session, const struct remit_case *c, const struct remit_grant *grant,
				       __u32 tool)
{
	if (c->occasion == REMIT_JUDGED_AGAIN)
		return remit_grant_stands(session, grant, c->now_ns);
	return remit_judge_grant(session, c, grant, tool);
}

/* What passing by this grant costs, taken by whoever lets the crossing through. */
REMIT_INLINE void remit_note_cost(const struct remit_session *session, const struct remit_grant *grant, struct remit_verdict *out)
{
	if (grant->max_uses) {
		out->flags |= REMIT_TAKES_USE;
		out->limit = grant->max_uses;
	}
	if (grant->rate_ns)
		out->flags |= REMIT_TAKES_RATE;
	if ((grant->flags & REMIT_GRANT_APPROVAL) && remit_has_tool(session->once, out->tool))
		out->flags |= REMIT_TAKES_APPROVAL;
}

/* Steps 4 and 5 for one tool that has only grants with conditions. Returns 1 when a grant holds; else leaves the first reason in out,
 * a missing approval before all others. */
REMIT_STEP int remit_try_grants(const struct remit_session *session, const struct remit_case *c, __u32 tool, struct remit_verdict *out)
{
	if (!session || !c || !out)
		return 0;
	for (__u32 nth = 0; nth < REMIT_MAX_GRANTS_PER_TOOL; nth++) {
		const struct remit_grant *grant = remit_grant_at(c->rules, c->tables, tool, nth);
		int reason;

		if (!grant)
			break;
		if (session->parent && !(grant->flags & REMIT_GRANT_DELEGABLE))
			continue;
		reason = remit_reason_of_grant(session, c, grant, tool);
		if (reason == REMIT_GRANTED) {
			*out = remit_verdict_of(REMIT_ALLOW, REMIT_GRANTED, tool, grant->rule);
			out->nth = nth;
			if (c->occasion == REMIT_FIRST_USE)
				remit_note_cost(session, grant, out);
			return 1;
		}
		if (reason == REMIT_REASON_APPROVAL && out->kind != REMIT_PENDING && !remit_has_tool(session->rejected, tool))
			*out = remit_verdict_of(REMIT_PENDING, reason, tool, grant->rule);
		else if (out->reason == REMIT_REASON_NOT_GRANTED)
			*out = remit_verdict_of(REMIT_DENY, reason, tool, grant->rule);
	}
	return 0;
}

/* A grant that holds, or wants only an approval, does not help where the file itself bars it. */
REMIT_INLINE void remit_bar(const struct remit_toolset *toolset, struct remit_verdict *out)
{
	if (toolset->bar && out->kind != REMIT_DENY)
		*out = remit_verdict_of(REMIT_DENY, toolset->bar, out->tool, out->rule);
}

/* Steps 3 to 5: the most specific tools, in the order of their declaration. */
REMIT_STEP int remit_judge_tools(const struct remit_session *session, const struct remit_tables *head, const struct remit_case *c,
				 const struct remit_toolset *toolset, struct remit_verdict *out)
{
	__u64 tools[REMIT_TOOL_WORDS];

	if (!session || !head || !c || !toolset || !out)
		return 0;
	for (int i = 0; i < REMIT_TOOL_WORDS; i++)
		tools[i] = toolset->best[i] & ((session->parent ? head->delegable[i] : head->granted[i]) | head->conditional[i]);
	*out = remit_verdict_of(REMIT_DENY, REMIT_REASON_NOT_GRANTED, remit_first_tool(toolset->best), REMIT_NO_RULE);
	REMIT_UNROLL
	for (int i = 0; i < REMIT_MAX_TIED; i++) {
		__u32 tool = remit_take_first_tool(tools);

		if (tool == REMIT_NO_TOOL)
			break;
		if (remit_has_tool(head->granted, tool)) {
			*out = remit_verdict_of(REMIT_ALLOW, REMIT_GRANTED, tool, REMIT_NO_RULE);
			return 1;
		}
		if (remit_try_grants(session, c, tool, out))
			return 1;
	}
	return 0;
}

/* May this session make this crossing now? toolset NULL: the object is not known. Takes nothing: the flags REMIT_TAKES_… say what is to be. */
REMIT_INLINE void remit_decide(const struct remit_session *session, const struct remit_tables *head, const struct remit_case *c,
			       const struct remit_toolset *toolset, struct remit_verdict *out)
{
	enum remit_reason reason = remit_standing(session, c->now_ns);

	if (reason != REMIT_GRANTED)
		*out = remit_refusal_always(reason);
	else if (!toolset)
		*out = remit_verdict_of(REMIT_PENDING, REMIT_REASON_UNKNOWN, REMIT_NO_TOOL, REMIT_NO_RULE);
	else if (remit_no_tool(toolset->covers))
		*out = remit_verdict_of(head->otherwise == REMIT_OTHERWISE_ALLOW && !session->parent ? REMIT_ALLOW : REMIT_DENY,
					REMIT_REASON_NO_TOOL, REMIT_NO_TOOL, REMIT_NO_RULE);
	else if (!remit_any_tool(head->denied, toolset->covers) || !remit_find_deny(session, head, c, toolset, out)) {
		remit_judge_tools(session, head, c, toolset, out);
		if (session->parent && out->reason == REMIT_REASON_NOT_GRANTED)
			out->reason = REMIT_REASON_NOT_DELEGATED;
		remit_bar(toolset, out);
	}
}

/* The object is the session's own: allowed whatever the policy says, while the session stands. */
REMIT_INLINE void remit_decide_own(const struct remit_session *session, __u64 now_ns, struct remit_verdict *out)
{
	enum remit_reason reason = remit_standing(session, now_ns);

	if (reason != REMIT_GRANTED) {
		*out = remit_refusal_always(reason);
		return;
	}
	*out = remit_verdict_of(REMIT_ALLOW, REMIT_GRANTED, REMIT_NO_TOOL, REMIT_NO_RULE);
	out->flags |= REMIT_OF_ITS_OWN;
}

/* Is the crossing let through? Audit and learn pass everything that does not bite always. */
REMIT_INLINE int remit_passes(const struct remit_verdict *verdict, __u32 mode)
{
	return verdict->kind == REMIT_ALLOW || (mode != REMIT_ENFORCE && !(verdict->flags & REMIT_BITES_ALWAYS));
}

#endif
