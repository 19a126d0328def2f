/* Limbo: where an installed policy has an attach glob, a cgroup that it may be about waits from its making until the daemon has bound it, or
 * found that no glob means it. Meanwhile nothing is run in it and no socket is made there, but by the unit's own executor; the unit's program
 * waits with it (LSM tier). Nothing here needs the daemon. An error in here is counted, and passes: its task is of no session. */
#ifndef REMIT_HOOKS_LIMBO_H
#define REMIT_HOOKS_LIMBO_H

#include "../lib/notice.h"
#include "../lib/subject.h"

static const struct remit_session nobody = {};

/* Of a task of no session, with the process and what it tried. */
REMIT_INLINE void remit_limbo_notice(__u8 kind, const struct remit_attempt *attempt, __u8 effect)
{
	struct remit_session *session = (struct remit_session *)&nobody;
	struct remit_subject subject = {};

	barrier_var(session); /* or the compiler makes a constant of the subject, whose address inside libbpf does not fill in */
	subject.session = session;
	remit_notice(&subject, kind, attempt, effect);
}

/* Asked before the subject: the daemon binds a cgroup first and ends its limbo then, so that a task which is seen in neither was judged by
 * nobody. */
REMIT_INLINE bool remit_is_in_limbo(void)
{
	__u64 id;

	if (!bindings.globs)
		return false;
	id = bpf_get_current_cgroup_id();
	return bpf_map_lookup_elem(&limbo, &id) != NULL;
}

REMIT_INLINE struct task_struct *remit_parent_of_current(void)
{
	struct task_struct *task = (void *)bpf_get_current_task();

	return BPF_CORE_READ(task, group_leader, real_parent);
}

/* A child of init that is about to run its executor. What that runs then is judged. */
REMIT_INLINE bool remit_runs_executor(const struct file *file)
{
	struct remit_file key;

	if (BPF_CORE_READ(remit_parent_of_current(), tgid) != 1 || !remit_read_file(file, &key))
		return false;
	return bpf_map_lookup_elem(&executors, &key) != NULL;
}

/* A child of init that is its executor, or still init's own image. */
REMIT_INLINE bool remit_is_executor(void)
{
	struct task_struct *task = (void *)bpf_get_current_task();
	const struct file *image = BPF_CORE_READ(task, mm, exe_file);
	const struct file *init = BPF_CORE_READ(remit_parent_of_current(), mm, exe_file);

	if (remit_runs_executor(image))
		return true;
	return BPF_CORE_READ(remit_parent_of_current(), tgid) == 1 && image && init &&
	       BPF_CORE_READ(image, f_inode) == BPF_CORE_READ(init, f_inode);
}

/* May a task of no session run this in limbo? */
REMIT_APART bool remit_limbo_lets_run(struct linux_binprm *bprm, __u8 refusal)
{
	struct remit_attempt attempt = {.what = REMIT_TOUCH_LIMBO_EXEC};

	if (remit_runs_executor(BPF_CORE_READ(bprm, file)))
		return true;
	attempt.name = remit_number_of(BPF_CORE_READ(bprm, filename));
	remit_limbo_notice(REMIT_TOUCHED, &attempt, dry_run ? REMIT_PASSED : refusal);
	return dry_run & 1;
}

/* A child of init that comes to its unit's program stops here, and its exec is made anew when the daemon has it go on: of an errno init would
 * make a failure of the unit. Only of init, as another parent may be a shell that looks after stopped jobs; and never while init waits for the
 * exec (vfork): then init itself would stand still, and the host with it. */
REMIT_INLINE bool remit_limbo_stops(void)
{
	struct task_struct *task = (void *)bpf_get_current_task();
	__u32 process = bpf_get_current_pid_tgid() >> 32;
	struct remit_stopped stopping = {
		.cgroup = bpf_get_current_cgroup_id(),
		.start_ns = BPF_CORE_READ(task, group_leader, start_boottime),
		.since_ns = bpf_ktime_get_boot_ns(),
	};
	__u64 *made_ns = bpf_map_lookup_elem(&limbo, &stopping.cgroup);

	if (dry_run || BPF_CORE_READ(remit_parent_of_current(), tgid) != 1 || BPF_CORE_READ(task, vfork_done))
		return false;
	if (made_ns && stopping.since_ns - *made_ns >= REMIT_LIMBO_STOPS_NS)
		return false;
	return !bpf_map_update_elem(&stopped, &process, &stopping, BPF_ANY) && !bpf_send_signal(SIGSTOP);
}

/* The answer of the LSM hook, to a task of no session. */
REMIT_INLINE int remit_limbo_checked(struct linux_binprm *bprm)
{
	if (!remit_runs_executor(BPF_CORE_READ(bprm, file)) && remit_limbo_stops())
		return -ERESTARTNOINTR;
	return remit_limbo_lets_run(bprm, REMIT_REFUSED) ? 0 : -EACCES;
}

/* May a task of no session make a socket in limbo? */
REMIT_APART bool remit_limbo_lets_open(void)
{
	struct remit_attempt attempt = {.what = REMIT_TOUCH_LIMBO_SOCKET};

	if (remit_is_executor())
		return true;
	remit_limbo_notice(REMIT_TOUCHED, &attempt, dry_run ? REMIT_PASSED : REMIT_REFUSED);
	return dry_run & 1;
}

/* cgroup_mkdir: nobody has seen the folder yet. */
REMIT_INLINE void remit_cgroup_made(struct cgroup *cgroup, const char *path)
{
	struct remit_prefix_key key = {.prefix_bits = REMIT_PREFIX_BYTES * 8};
	struct remit_attempt attempt = {.name = remit_number_of(path)};
	__u64 now_ns = bpf_ktime_get_boot_ns();
	__u64 id = BPF_CORE_READ(cgroup, kn, id);

	if (BPF_CORE_READ(cgroup, root, hierarchy_id) != 0)
		return;
	if (bpf_probe_read_kernel_str(key.path, sizeof(key.path), (const void *)attempt.name) < 0)
		remit_count_fault();
	if (!bpf_map_lookup_elem(&prefixes, &key) || remit_slot_of_cgroup(cgroup))
		return;
	if (bpf_map_update_elem(&limbo, &id, &now_ns, BPF_ANY))
		remit_count_fault();
	remit_limbo_notice(REMIT_CGROUP_MADE, &attempt, REMIT_PASSED);
}

REMIT_INLINE void remit_cgroup_gone(struct cgroup *cgroup)
{
	__u64 id = BPF_CORE_READ(cgroup, kn, id);

	if (BPF_CORE_READ(cgroup, root, hierarchy_id) == 0)
		bpf_map_delete_elem(&limbo, &id);
}

#endif
