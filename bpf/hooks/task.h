/* The life of a task: a child has the session of its parent, by its first instruction, whatever cgroup it is cloned into. */
#ifndef REMIT_HOOKS_TASK_H
#define REMIT_HOOKS_TASK_H

#include "../lib/subject.h"

/* task_newtask is raised for every new task, io_uring's SQPOLL threads too (sched_process_fork is not). */
REMIT_INLINE void remit_task_born(struct task_struct *child)
{
	struct remit_subject subject = remit_subject_of_current();

	struct remit_tag *tag;

	if (!subject.session)
		return;
	tag = remit_tag_task(child, subject.session->id, subject.slot);
	if (!tag || !subject.tag || !subject.tag->start_ns)
		return;
	tag->program = subject.tag->program;
	tag->start_ns = BPF_CORE_READ(child, group_leader, start_boottime);
}

#endif
