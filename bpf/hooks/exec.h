/* Exec: judged on the file that the kernel is about to run. Base tier: SIGKILL before the first instruction of the new image; LSM tier: an
 * errno, script and interpreter each, and the SIGKILL where the kernel did not call the LSM hook (kernel.ftrace_enabled=0). In a session an
 * error in here refuses; outside every session it passes. */
#ifndef REMIT_HOOKS_EXEC_H
#define REMIT_HOOKS_EXEC_H

#include "../lib/emit.h"
#include "limbo.h"

REMIT_INLINE bool remit_should_ask(const struct remit_program_key *key, __u64 now_ns)
{
	__u64 *last = bpf_map_lookup_elem(&asked, key);

	if (last && now_ns - *last < REMIT_ASK_AGAIN_NS)
		return false;
	bpf_map_update_elem(&asked, key, &now_ns, BPF_ANY);
	return true;
}

/* Judges an exec of the current task; true: it passes. refusal: the effect of one that does not. */
REMIT_INLINE bool remit_judge_exec(struct remit_subject *subject, struct linux_binprm *bprm, __u8 refusal)
{
	__u64 now_ns = bpf_ktime_get_boot_ns();
	struct remit_program_key key = {.tables = remit_tables_of(subject->session->authority)};
	struct remit_judgement judged = {};
	struct remit_facts facts = {.file = &key.file, .since_ns = now_ns, .crossing = REMIT_EXEC};
	const char *path = BPF_CORE_READ(bprm, filename);

	if (refusal == REMIT_KILLED && BPF_CORE_READ(bprm, interp) != path)
		facts.flags = REMIT_EVENT_SCRIPT; /* committed: the file is the interpreter by now */
	remit_read_program(BPF_CORE_READ(bprm, file), &key.file);
	facts.toolset = remit_toolset_of_program(key.tables, &key.file);
	remit_judge_and_take(subject, facts.toolset, now_ns, &judged);
	facts.effect = judged.passes ? REMIT_PASSED : refusal;
	remit_emit_exec(subject, &judged, &facts, path);
	if (judged.verdict.kind == REMIT_PENDING && remit_should_ask(&key, now_ns))
		remit_question(subject, &judged, &facts, path);
	return judged.passes;
}

/* What the process runs from now on, noted once, so that its crossings need not read it from the task each time. */
REMIT_INLINE void remit_note_program(struct remit_tag *tag, struct linux_binprm *bprm)
{
	struct task_struct *task = (void *)bpf_get_current_task();

	if (!tag)
		return;
	remit_read_file(BPF_CORE_READ(bprm, file), &tag->program);
	tag->start_ns = BPF_CORE_READ(task, group_leader, start_boottime);
}

REMIT_INLINE void remit_kill_current(void)
{
	struct remit_totals *here = remit_totals_here();

	if (here)
		__sync_fetch_and_add(&here->kills, 1);
	bpf_send_signal(SIGKILL);
}

/* Did the LSM hook let the exec pass that is committed now? */
REMIT_INLINE bool remit_was_judged(struct remit_tag *tag)
{
	return lsm_tier && tag && __sync_fetch_and_and(&tag->flags, ~REMIT_EXEC_JUDGED) & REMIT_EXEC_JUDGED;
}

/* sched_process_exec: the image is committed and has run no instruction. SIGKILL only ever to current, and only here, where current carries
 * the tag of a session, or runs something in limbo. */
REMIT_INLINE void remit_exec_committed(struct linux_binprm *bprm)
{
	bool waits = remit_is_in_limbo();
	struct remit_subject subject = remit_subject_of_current();

	if (!subject.session) {
		if (waits && !(lsm_tier && dry_run) && !remit_limbo_lets_run(bprm, REMIT_KILLED))
			remit_kill_current();
		return;
	}
	if (remit_sets_up(subject.session))
		subject.session->setup_process = 0;
	if (!remit_was_judged(subject.tag) && !remit_judge_exec(&subject, bprm, REMIT_KILLED))
		remit_kill_current();
	remit_note_program(subject.tag, bprm); /* after the record, which names the program that made the call */
}

REMIT_INLINE int remit_exec_checked(struct linux_binprm *bprm)
{
	bool waits = remit_is_in_limbo();
	struct remit_subject subject = remit_subject_of_current();

	if (!subject.session)
		return waits ? remit_limbo_checked(bprm) : 0;
	if (!remit_judge_exec(&subject, bprm, REMIT_REFUSED))
		return -EACCES;
	if (subject.tag)
		__sync_fetch_and_or(&subject.tag->flags, REMIT_EXEC_JUDGED);
	return 0;
}

#endif
