/* Processes outside of the session: not traced, signalled, moved in priority, limited, nor read through /proc. */
#ifndef REMIT_HOOKS_GUARD_TASK_H
#define REMIT_HOOKS_GUARD_TASK_H

#include "guard.h"

#define PTRACE_MODE_NOAUDIT 0x04 /* linux/ptrace.h */

/* Is it of the session, or of one below it? */
REMIT_INLINE bool remit_is_of_session(const struct remit_subject *subject, struct task_struct *task)
{
	struct remit_tag *tag = bpf_task_storage_get(&tasks, task, 0, 0);
	struct remit_subject whose = remit_join_tag(tag, remit_slot_of_task(task));

	if (!whose.session || whose.conflict)
		return false;
	return whose.slot == subject->slot || remit_descends(whose.slot, subject->slot);
}

REMIT_INLINE int remit_task_aimed_at(struct task_struct *task, enum remit_touch touch)
{
	struct remit_subject subject = remit_subject_of_current();
	struct remit_attempt attempt = {.what = touch};

	if (!subject.session)
		return 0;
	attempt.about = BPF_CORE_READ(task, tgid);
	if (attempt.about == bpf_get_current_pid_tgid() >> 32 || remit_is_of_session(&subject, task))
		return 0;
	return remit_refuse_attempt(&subject, &attempt);
}

/* Tracing, and what is read of another's process through /proc: its descriptors and its root are ways out of the session. What asks for no
 * audit (ps does, for every process) is refused without a word. */
REMIT_INLINE int remit_task_traced(struct task_struct *task, __u32 mode)
{
	struct remit_subject subject;
	int refusal = -EPERM;

	barrier_var(refusal);
	if (!(mode & PTRACE_MODE_NOAUDIT))
		return remit_task_aimed_at(task, REMIT_TOUCH_TRACE);
	subject = remit_subject_of_current();
	if (!subject.session || remit_is_of_session(&subject, task))
		return 0;
	return remit_is_lenient(&subject) ? 0 : refusal;
}

#endif
