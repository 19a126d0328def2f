/* The life of a task: a child has the session of its parent, by its first instruction, whatever cgroup it is cloned into. */
#ifndef REMIT_HOOKS_TASK_H
#define REMIT_HOOKS_TASK_H

#include "../lib/subject.h"

/* task_newtask is raised for every new task, io_uring's SQPOLL threads too (sched_process_fork is not). */
REMIT_INLINE void remit_task_born(struct task_struct *child)
{
	struct remit_subject subject = remit_subject_of_current();

	if (subject.session)
		remit_tag_task(child, subject.session->id, subject.slot);
}

#endif
