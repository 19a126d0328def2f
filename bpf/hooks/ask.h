/* What the daemon runs by itself: the question for a held exec, and the identity of its own descriptors. */
#ifndef REMIT_HOOKS_ASK_H
#define REMIT_HOOKS_ASK_H

#include "../lib/emit.h"

REMIT_INLINE void remit_fill_asker(struct remit_event *event, const struct remit_ask *ask)
{
	event->pid = ask->pid;
	event->tid = ask->tid;
	event->uid = ask->uid;
	event->gid = ask->gid;
	event->ppid = ask->ppid;
	event->task_start_ns = ask->task_start_ns;
	event->program = ask->program;
	__builtin_memcpy(event->comm, ask->comm, sizeof(event->comm));
	__builtin_memcpy(event->path, ask->path, sizeof(event->path));
}

/* Would the exec hook let it pass? Takes nothing. A refusal is recorded here, as the errno keeps the call from the hook; a pending verdict
 * that a person is to answer is not: the daemon asks again when it is answered. */
REMIT_INLINE int remit_ask_exec(struct remit_ask *ask)
{
	struct remit_subject subject = {.slot = ask->slot, .session = remit_session_at(ask->slot)};
	struct remit_judgement judged = {};
	struct remit_file copy = ask->file;
	struct remit_file *file = &copy; /* no pointer into a context may be passed on; the barrier keeps the compiler from doing it */
	struct remit_facts facts = {.since_ns = ask->boot_ns, .crossing = REMIT_EXEC, .effect = REMIT_REFUSED};
	struct remit_event *event;

	barrier_var(file);
	facts.file = file;
	ask->passes = 0;
	if (!subject.session || subject.session->id != ask->session)
		return -1;
	facts.toolset = remit_toolset_of_program(remit_tables_of(subject.session->authority), file);
	for (int i = 0; i < REMIT_MARK_WORDS; i++)
		judged.seen_before[i] = subject.session->seen[i];
	remit_judge(&subject, facts.toolset, REMIT_FIRST_USE, bpf_ktime_get_boot_ns(), &judged);
	ask->verdict = judged.verdict;
	judged.passes = dry_run || remit_passes(&judged.verdict, judged.mode);
	ask->passes = judged.passes;
	if (judged.passes || judged.verdict.kind == REMIT_PENDING)
		return 0;
	event = remit_begin_record(&subject, &judged, &facts, sizeof(*event));
	if (!event)
		return 0;
	remit_fill_asker(event, ask);
	bpf_ringbuf_submit(event, 0);
	return 0;
}

REMIT_INLINE void remit_write_identity(struct bpf_iter__task_file *ctx)
{
	struct remit_fd_identity identity = {};
	struct file *file = ctx->file;

	if (!file)
		return;
	identity.fd = ctx->fd;
	remit_read_file(file, &identity.file);
	identity.mode = BPF_CORE_READ(file, f_inode, i_mode);
	identity.uid = BPF_CORE_READ(file, f_inode, i_uid.val);
	identity.gid = BPF_CORE_READ(file, f_inode, i_gid.val);
	identity.written = BPF_CORE_READ(file, f_inode, i_writecount.counter) > 0;
	bpf_seq_write(ctx->meta->seq, &identity, sizeof(identity));
}

#endif
