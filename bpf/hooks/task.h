/* The life of a task: a child has the session of its parent, by its first instruction, whatever cgroup it is cloned into; and who moves a
 * task out of its session's cgroup, or another's into it, by a session's act, is killed. */
#ifndef REMIT_HOOKS_TASK_H
#define REMIT_HOOKS_TASK_H

#include "../lib/notice.h"
#include "../lib/subject.h"
#include "exec.h"

/* The mover is current. Its own session's mode says whether it is killed; the notice is written in every mode. */
REMIT_INLINE void remit_refuse_move(struct remit_subject *mover, enum remit_move move, struct task_struct *moved)
{
	struct remit_attempt attempt = {.what = move, .about = BPF_CORE_READ(moved, tgid)};
	bool killed = remit_mode_of(mover) == REMIT_ENFORCE && !dry_run;

	remit_notice(mover, REMIT_MOVED, &attempt, killed ? REMIT_KILLED : REMIT_PASSED);
	if (killed)
		remit_kill_current();
}

/* Whatever cgroup it was pulled into, this task and its children are of no session by it. */
REMIT_INLINE void remit_keep_out(struct task_struct *task)
{
	struct remit_tag *tag = bpf_task_storage_get(&tasks, task, 0, BPF_LOCAL_STORAGE_GET_F_CREATE);

	if (tag)
		__sync_fetch_and_or(&tag->flags, REMIT_KEPT_OUT); /* beside the turn of an upgrade, see lib/turn.h */
	else
		remit_count_fault();
}

/* task_newtask is raised for every new task, io_uring's SQPOLL threads too (sched_process_fork is not). */
REMIT_INLINE void remit_task_born(struct task_struct *child)
{
	struct remit_subject subject = remit_subject_of_current();
	struct remit_tag *tag;

	if (!subject.session) {
		if (subject.tag && (subject.tag->flags & REMIT_KEPT_OUT))
			remit_keep_out(child);
		return;
	}
	tag = remit_tag_task(child, subject.session->id, subject.slot);
	if (tag && subject.tag && subject.tag->start_ns) {
		tag->program = subject.tag->program;
		tag->start_ns = BPF_CORE_READ(child, group_leader, start_boottime);
	}
	/* CLONE_INTO_CGROUP raises no cgroup_attach_task. */
	if (!subject.outside && !subject.conflict && remit_slot_of_task(child) != subject.slot)
		remit_refuse_move(&subject, REMIT_LEFT, child);
}

/* cgroup_attach_task: the task is in its new cgroup already. */
REMIT_INLINE void remit_task_moved(struct task_struct *task)
{
	struct remit_subject mover = remit_subject_of_current();
	struct remit_tag *tag = bpf_task_storage_get(&tasks, task, 0, 0);
	__u32 slot = remit_slot_of_task(task);
	struct remit_subject moved = remit_join(tag ? tag->session : 0, tag ? tag->slot : 0, 0);
	struct remit_attempt attempt = {.what = REMIT_MOVED_OUT, .about = BPF_CORE_READ(task, tgid)};

	if (moved.session && slot == moved.slot)
		return;
	if (moved.session && mover.session) {
		remit_refuse_move(&mover, REMIT_LEFT, task);
	} else if (moved.session && remit_descends(slot, moved.slot)) {
		return; /* the daemon puts a process into the session that is begun below its own */
	} else if (moved.session) {
		remit_notice(&moved, REMIT_MOVED, &attempt, REMIT_PASSED);
	} else if (slot && mover.session) {
		remit_keep_out(task);
		remit_refuse_move(&mover, REMIT_PULLED_IN, task);
	}
}

#endif
