/* What happened goes to the rings: the number first, then the room; a record that finds none is an exact gap. A verdict never waits on it. */
#ifndef REMIT_LIB_EMIT_H
#define REMIT_LIB_EMIT_H

#include "take.h"

/* What a hook knows of a crossing beside the judgement. */
struct remit_facts {
	struct remit_toolset *toolset;
	const struct remit_endpoint *endpoint; /* NULL: none */
	const struct remit_file *file; /* NULL: none */
	__u64 since_ns; /* latency counts from here */
	__u16 family;
	__u16 type;
	__u16 flags;
	__u8 crossing;
	__u8 effect;
};

REMIT_INLINE void remit_fill_process(struct remit_event *event, const struct remit_tag *tag)
{
	struct task_struct *task = bpf_get_current_task_btf(); /* read as it stands, without a helper for each step */
	const __u64 *comm = (const __u64 *)task->comm; /* zeroes to its end */
	__u64 *to = (__u64 *)event->comm;

	event->pid = task->tgid;
	event->tid = task->pid;
	event->uid = task->cred->uid.val;
	event->gid = task->cred->gid.val;
	event->ppid = task->real_parent->tgid;
	if (tag && tag->start_ns) {
		event->task_start_ns = tag->start_ns;
		event->program = tag->program;
	} else {
		event->task_start_ns = task->group_leader->start_boottime;
		remit_read_file(BPF_CORE_READ(task, mm, exe_file), &event->program);
	}
	to[0] = comm[0];
	to[1] = comm[1];
}

/* A packet is judged in whatever task the kernel was in: its record names the process whose call was judged last, where there was one. */
REMIT_INLINE void remit_fill_pid(struct remit_event *event, __u32 pid)
{
	event->pid = pid;
	event->tid = 0;
	event->uid = 0;
	event->gid = 0;
	event->ppid = 0;
	event->task_start_ns = 0;
	__builtin_memset(&event->program, 0, sizeof(event->program));
	__builtin_memset(event->comm, 0, sizeof(event->comm));
}

REMIT_INLINE void remit_fill_file(struct remit_event *event, const struct remit_facts *facts)
{
	if (facts->file)
		event->file = *facts->file;
	else
		__builtin_memset(&event->file, 0, sizeof(event->file));
	__builtin_memset(&event->peer, 0, sizeof(event->peer));
}

/* All but the process, and but the file, which records without one do not reach to. */
REMIT_INLINE void remit_fill(struct remit_event *event, const struct remit_subject *subject, const struct remit_judgement *judged,
			     const struct remit_facts *facts, __u64 n)
{
	event->n = n;
	event->abi = REMIT_ABI_VERSION;
	event->cpu = bpf_get_smp_processor_id();
	event->boot_ns = judged->now_ns;
	event->latency_ns = bpf_ktime_get_boot_ns() - facts->since_ns;
	event->session = subject->session->id;
	event->slot = subject->slot;
	event->generation = judged->generation;
	event->tables = judged->tables;
	event->labels_before = judged->seen_before[REMIT_TOOL_WORDS];
	for (int i = 0; i < REMIT_MARK_WORDS; i++)
		event->gained[i] = judged->verdict.kind == REMIT_ALLOW && facts->toolset
					   ? remit_mark_word(facts->toolset, i) & ~judged->seen_before[i]
					   : 0;
	for (int i = 0; i < REMIT_TOOL_WORDS; i++)
		event->covers[i] = facts->toolset ? facts->toolset->covers[i] : 0;
	event->peer_pid = 0;
	event->reserved2 = 0;
	event->path_bytes = 0;
	if (facts->endpoint) {
		__builtin_memcpy(event->address, facts->endpoint->address, sizeof(event->address));
		event->protocol = facts->endpoint->protocol;
		event->port = facts->endpoint->port;
	} else {
		__builtin_memset(event->address, 0, sizeof(event->address));
		event->protocol = 0;
		event->port = 0;
	}
	event->family = facts->family;
	event->type = facts->type;
	event->tool = judged->verdict.tool;
	event->rule = judged->verdict.rule;
	event->verdict_flags = judged->verdict.flags;
	event->flags = facts->flags | (judged->cuts ? REMIT_EVENT_CUT : 0);
	event->crossing = facts->crossing;
	event->verdict = judged->verdict.kind;
	event->reason = judged->verdict.reason;
	event->effect = facts->effect;
	event->mode = judged->mode;
	event->reserved = 0;
}

REMIT_INLINE void remit_count_outcome(struct remit_session *session, bool passes)
{
	if (passes)
		__sync_fetch_and_add(&session->passed, 1);
	else
		__sync_fetch_and_add(&session->refused, 1);
}

/* The record of a final crossing, numbered, and filled but for the process: the number first, then the room. NULL: there was none. bytes:
 * REMIT_EVENT_HEAD for one about no file. */
REMIT_INLINE struct remit_event *remit_begin_record(const struct remit_subject *subject, const struct remit_judgement *judged,
						    const struct remit_facts *facts, __u64 bytes)
{
	struct remit_totals *here = remit_totals_here();
	struct remit_event *event;
	__u64 n;

	remit_count_outcome(subject->session, judged->passes);
	if (!here)
		return NULL;
	n = __sync_fetch_and_add(&here->crossings, 1);
	event = bpf_ringbuf_reserve(&records, bytes, 0);
	if (!event) {
		__sync_fetch_and_add(&here->lost, 1);
		return NULL;
	}
	remit_fill(event, subject, judged, facts, n);
	if (bytes > REMIT_EVENT_HEAD)
		remit_fill_file(event, facts);
	return event;
}

/* Allowed crossings do not wake the daemon, which drains on a timer; it is woken for refusals, for cuts, and when the ring is half full. */
REMIT_INLINE __u64 remit_wakeup(const struct remit_judgement *judged, __u64 n)
{
	if (!judged->passes || judged->cuts)
		return 0;
	if (n % REMIT_RECORDS_A_LOOK)
		return BPF_RB_NO_WAKEUP;
	return bpf_ringbuf_query(&records, BPF_RB_AVAIL_DATA) > REMIT_RECORDS_BYTES / 2 ? BPF_RB_FORCE_WAKEUP : BPF_RB_NO_WAKEUP;
}

/* The final record of a crossing that a task made in its own call. */
REMIT_INLINE void remit_emit(const struct remit_subject *subject, const struct remit_judgement *judged, const struct remit_facts *facts)
{
	struct remit_event *event = remit_begin_record(subject, judged, facts, REMIT_EVENT_HEAD);

	if (!event)
		return;
	remit_fill_process(event, subject->tag);
	bpf_ringbuf_submit(event, remit_wakeup(judged, event->n));
}

/* The final record of a crossing that was judged on a packet. */
REMIT_APART void remit_emit_packet(const struct remit_subject *subject, const struct remit_judgement *judged,
				   const struct remit_facts *facts, __u32 pid)
{
	struct remit_event *event = remit_begin_record(subject, judged, facts, REMIT_EVENT_HEAD);

	if (!event)
		return;
	remit_fill_pid(event, pid);
	bpf_ringbuf_submit(event, remit_wakeup(judged, event->n));
}

/* The final record of an exec, with the path as the caller named it. */
REMIT_INLINE void remit_emit_exec(const struct remit_subject *subject, const struct remit_judgement *judged,
				  const struct remit_facts *facts, const char *path)
{
	struct remit_event *event = remit_begin_record(subject, judged, facts, sizeof(*event));

	if (!event)
		return;
	remit_fill_process(event, subject->tag);
	if (bpf_probe_read_kernel_str(event->path, sizeof(event->path), path) == sizeof(event->path))
		event->flags |= REMIT_EVENT_PATH_CUT;
	bpf_ringbuf_submit(event, remit_wakeup(judged, event->n));
}

/* A question to the daemon; it is woken. Not a crossing: it carries no number. path NULL: none. */
REMIT_INLINE void remit_question(const struct remit_subject *subject, const struct remit_judgement *judged, const struct remit_facts *facts,
				 const char *path)
{
	struct remit_totals *here = remit_totals_here();
	struct remit_event *event = bpf_ringbuf_reserve(&questions, sizeof(*event), 0);

	if (!event) { /* checked once: 6.1 forgets that reserved memory is not NULL */
		if (here)
			__sync_fetch_and_add(&here->questions_lost, 1);
		return;
	}
	if (here)
		__sync_fetch_and_add(&here->questions, 1);
	remit_fill(event, subject, judged, facts, 0);
	remit_fill_file(event, facts);
	remit_fill_process(event, subject->tag);
	event->flags |= REMIT_EVENT_QUESTION;
	event->path[0] = 0;
	if (path)
		bpf_probe_read_kernel_str(event->path, sizeof(event->path), path);
	bpf_ringbuf_submit(event, BPF_RB_FORCE_WAKEUP);
}

#endif
