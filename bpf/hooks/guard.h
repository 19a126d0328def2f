/* Remit itself, and what is not the session's: bpf(2), capabilities, user namespaces, received sockets, sysctls, the control socket. Tasks of
 * no session pass. A refusal is decided first and reported afterwards; in a session an error in here refuses. */
#ifndef REMIT_HOOKS_GUARD_H
#define REMIT_HOOKS_GUARD_H

#include "../lib/guard_types.h"
#include "../lib/notice.h"

#define CAP_OPT_NOAUDIT 2 /* linux/security.h: asked in passing, nobody acts on the answer's log */
#define REMIT_BPF_FS_MAGIC 0xcafe4a11

/* Remit's own parts are out of reach in every mode. */
REMIT_INLINE bool remit_always_refused(__u16 touch)
{
	return touch == REMIT_TOUCH_BPF || touch == REMIT_TOUCH_CONTROL || touch == REMIT_TOUCH_FILE;
}

/* Does what the policy would refuse pass after all: a dry run, audit, learn, a container's runtime? Not where it is in doubt whose task it is. */
REMIT_INLINE bool remit_is_lenient(const struct remit_subject *subject)
{
	return dry_run || (!subject->conflict && (remit_mode_of(subject) != REMIT_ENFORCE || remit_sets_up(subject->session)));
}

/* May the attempt pass after all? Writes the notice, but of what a container's runtime does: that is no act of the session. */
REMIT_INLINE bool remit_attempt_passes(const struct remit_subject *subject, const struct remit_attempt *attempt)
{
	bool passes = dry_run || (remit_is_lenient(subject) && !remit_always_refused(attempt->what));

	if (passes && remit_sets_up(subject->session))
		return true;
	remit_notice(subject, REMIT_TOUCHED, attempt, passes ? REMIT_PASSED : REMIT_REFUSED);
	return passes;
}

/* For LSM programs: the errno, or 0. Of the return value 6.12 must see the bound. */
REMIT_INLINE int remit_refuse_attempt(const struct remit_subject *subject, const struct remit_attempt *attempt)
{
	int refusal = -EPERM;

	barrier_var(refusal);
	return remit_attempt_passes(subject, attempt) ? 0 : refusal;
}

REMIT_INLINE int remit_bpf_called(void)
{
	struct remit_subject subject = remit_subject_of_current();
	struct remit_attempt attempt = {.what = REMIT_TOUCH_BPF};

	return subject.session ? remit_refuse_attempt(&subject, &attempt) : 0;
}

/* A file system that acts for its mounter (overlayfs reads its marks as trusted.*) borrows credentials for a moment: that is no act of the
 * session. io_uring does the same with what the session registered, which holds nothing that the task's bounding set has lost. */
REMIT_INLINE bool remit_is_borrowed(const struct cred *cred, __u64 bit)
{
	const struct task_struct___guard *task = (const void *)bpf_get_current_task();
	const struct cred___guard *own = BPF_CORE_READ(task, real_cred);
	__u64 bounds = 0;

	if ((__u64)own == remit_number_of(cred))
		return false;
	bpf_probe_read_kernel(&bounds, sizeof(bounds), &own->cap_bset);
	return !(bounds & bit) || !BPF_CORE_READ(task, io_uring);
}

/* Raw and packet sockets ask for NET_RAW; where the policy names them, their family is judged and not the capability. */
REMIT_INLINE bool remit_may_be_raw(const struct remit_subject *subject)
{
	__u32 tables_id = remit_tables_of(subject->session->authority);
	struct remit_tables *head = bpf_map_lookup_elem(&tables, &tables_id);

	return head && (head->flags & REMIT_RAW_SOCKETS) && !subject->conflict;
}

/* Capabilities over a user namespace of the session's own reach nothing outside of it. */
REMIT_INLINE int remit_capability_used(const struct cred *cred, const struct user_namespace *ns, int capability, __u32 options)
{
	struct remit_attempt attempt = {.what = REMIT_TOUCH_CAPABILITY, .number = capability};
	struct remit_subject subject;
	__u64 bit = REMIT_CAPABILITY(capability & 63);
	int refusal = -EPERM;

	barrier_var(refusal);
	if (!(bit & REMIT_REFUSED_CAPABILITIES) || BPF_CORE_READ(ns, level) > 0)
		return 0;
	subject = remit_subject_of_current();
	if (!subject.session || remit_is_borrowed(cred, bit))
		return 0;
	if (capability == REMIT_CAPABILITY_NET_RAW && remit_may_be_raw(&subject))
		return 0;
	if (!(options & CAP_OPT_NOAUDIT) && !(bit & REMIT_QUIET_CAPABILITIES))
		return remit_refuse_attempt(&subject, &attempt);
	return remit_is_lenient(&subject) ? 0 : refusal;
}

REMIT_INLINE int remit_user_namespace_made(void)
{
	struct remit_subject subject = remit_subject_of_current();
	struct remit_attempt attempt = {.what = REMIT_TOUCH_USERNS};
	struct remit_tables *head;
	__u32 tables_id;

	if (!subject.session)
		return 0;
	tables_id = remit_tables_of(subject.session->authority);
	head = bpf_map_lookup_elem(&tables, &tables_id);
	if (head && (head->flags & REMIT_USER_NAMESPACES) && !subject.conflict)
		return 0;
	return remit_refuse_attempt(&subject, &attempt);
}

/* SCM_RIGHTS and pidfd_getfd. A socket belongs where it was made, which is where its packets are judged; a unix socket is judged when it is
 * used. */
REMIT_INLINE int remit_file_received(struct file *file)
{
	struct remit_subject subject = remit_subject_of_current();
	struct remit_attempt attempt = {.what = REMIT_TOUCH_SOCKET};
	struct socket *sock;
	struct sock *sk;
	int refusal = -EACCES;

	barrier_var(refusal);
	if (!subject.session)
		return 0;
	sock = bpf_sock_from_file(file);
	sk = sock ? BPF_CORE_READ(sock, sk) : NULL;
	if (!sk || BPF_CORE_READ(sk, __sk_common.skc_family) == AF_UNIX || remit_slot_of_sock(sk) == subject.slot)
		return 0;
	return remit_attempt_passes(&subject, &attempt) ? 0 : refusal;
}

/* 1: it may go on. */
REMIT_INLINE int remit_sysctl_written(struct bpf_sysctl *ctx)
{
	struct remit_subject subject;
	struct remit_attempt attempt = {.what = REMIT_TOUCH_SWITCH};

	if (!ctx->write)
		return 1;
	subject = remit_subject_of_socket_call(NULL);
	if (!subject.session)
		return 1;
	return remit_attempt_passes(&subject, &attempt) ? 1 : 0;
}

/* LSM tier: how a unix socket is guarded, by the file that it is bound to. */
REMIT_INLINE __u32 remit_guard_of_socket(struct sock *other)
{
	const struct unix_sock *bound = (const void *)remit_number_of(other);
	const struct inode *inode = BPF_CORE_READ(bound, path.dentry, d_inode);
	struct remit_inode key = {};
	__u32 *how;

	if (!inode)
		return 0;
	key.ino = BPF_CORE_READ(inode, i_ino);
	key.dev = BPF_CORE_READ(inode, i_sb, s_dev);
	how = bpf_map_lookup_elem(&guarded, &key);
	return how ? *how : 0;
}

/* Base tier: does the current task mean by a path what the daemon means? Not in another mount namespace, nor under another root. */
REMIT_INLINE bool remit_is_at_home(void)
{
	const struct task_struct___guard *task = (const void *)bpf_get_current_task();
	const struct inode *root = BPF_CORE_READ(task, fs, root.dentry, d_inode);
	struct remit_inode key = {};
	__u32 *how;

	key.ino = BPF_CORE_READ(root, i_ino);
	key.dev = BPF_CORE_READ(root, i_sb, s_dev);
	key.mounts = BPF_CORE_READ(task, nsproxy, mnt_ns, ns.inum);
	how = bpf_map_lookup_elem(&guarded, &key);
	return how && (*how & REMIT_GUARDS_HOME);
}

REMIT_INLINE int remit_refuse_control(const struct remit_subject *subject)
{
	struct remit_attempt attempt = {.what = REMIT_TOUCH_CONTROL};

	return remit_refuse_attempt(subject, &attempt);
}

#endif
