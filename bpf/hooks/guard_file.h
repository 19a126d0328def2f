/* Files that no session changes: Remit's own, bpffs, the programs that the session may run by identity, the kernel's switches, block devices.
 * Reading passes. */
#ifndef REMIT_HOOKS_GUARD_FILE_H
#define REMIT_HOOKS_GUARD_FILE_H

#include "guard.h"

#define FMODE_WRITE 0x2 /* linux/fs.h */
#define S_IFMT 0170000
#define S_IFREG 0100000
#define S_IFBLK 0060000
#define PIDTYPE_PID 0
#define PROC_SUPER_MAGIC 0x9fa0
#define CGROUP2_SUPER_MAGIC 0x63677270
#define REMIT_NOT_GUARDED (-1)

/* File systems that are switches of the kernel (linux/magic.h): sysfs, debugfs, tracefs, securityfs, configfs, efivarfs, binfmt_misc, pstore,
 * selinuxfs, smackfs, resctrl, cgroup v1. */
REMIT_INLINE bool remit_is_switch(unsigned long magic)
{
	return magic == 0x62656572 || magic == 0x64626720 || magic == 0x74726163 || magic == 0x73636673 || magic == 0x62656570 ||
	       magic == 0xde5e81e4 || magic == 0x42494e4d || magic == 0x6165676c || magic == 0xf97cff8c || magic == 0x43415d53 ||
	       magic == 0x7655821 || magic == 0x27e0eb;
}

/* What a change does to a name: takes it away or gives it to another, or neither. */
enum remit_change { REMIT_CHANGES_CONTENT = 0, REMIT_CHANGES_NAME = 1 };

/* Is the file, or a folder above it, one of Remit's? Folders above these keep their names. What lies too deep to tell is taken for one. */
REMIT_STEP int remit_is_below_guarded(__u64 number, __u32 change)
{
	const struct dentry___guard *dentry = (const void *)number;

	for (int i = 0; i < REMIT_MAX_FOLDERS; i++) {
		const struct dentry___guard *parent = BPF_CORE_READ(dentry, d_parent);
		const struct inode *inode = BPF_CORE_READ(dentry, d_inode);
		struct remit_inode key = {};
		__u32 *how;

		if (inode) {
			key.ino = BPF_CORE_READ(inode, i_ino);
			key.dev = BPF_CORE_READ(inode, i_sb, s_dev);
			how = bpf_map_lookup_elem(&guarded, &key);
			if (how && (*how & REMIT_GUARDS_TREE))
				return 1;
			if (how && i == 0 && (*how & REMIT_GUARDS_SOCKET))
				return 1;
			/* An overlay numbers its folders apart from its files: a file may have a folder's number. */
			if (how && i == 0 && change == REMIT_CHANGES_NAME && (BPF_CORE_READ(inode, i_mode) & S_IFMT) != S_IFREG)
				return 1;
		}
		if (!parent || parent == dentry)
			return 0;
		dentry = parent;
	}
	return 1;
}

/* cgroup.procs, cgroup.threads: compared as two little-endian words, as a string would be a map of its own and a loop too many paths. */
REMIT_INLINE bool remit_moves_tasks(__u64 address)
{
	__u64 name[2] = {};

	bpf_probe_read_kernel_str(name, sizeof(name), (const void *)address);
	return (name[0] == 0x702e70756f726763ULL && name[1] == 0x0000000073636f72ULL) ||
	       (name[0] == 0x742e70756f726763ULL && name[1] == 0x0000736461657268ULL);
}

/* Cgroup files: the session's own subtree is its own; who moves tasks is hooks/task.h's business, whatever the place. */
REMIT_STEP int remit_is_foreign_cgroup(__u64 number, __u64 cgroup)
{
	const struct dentry___guard *dentry = (const void *)number;

	if (remit_moves_tasks((__u64)BPF_CORE_READ(dentry, d_name.name)))
		return 0;
	for (int i = 0; i < REMIT_MAX_FOLDERS; i++) {
		const struct dentry___guard *parent = BPF_CORE_READ(dentry, d_parent);

		if (BPF_CORE_READ(dentry, d_inode, i_ino) == cgroup)
			return 0;
		if (!parent || parent == dentry)
			return 1;
		dentry = parent;
	}
	return 1;
}

/* Files of /proc: those of the session's own processes are its own. They are told by their cgroup, as no storage can be read of a task that
 * was found this way. */
REMIT_STEP int remit_is_foreign_proc(__u64 number, __u32 slot)
{
	const struct proc_inode *proc = (const void *)(number - bpf_core_field_offset(struct proc_inode, vfs_inode));
	struct pid *pid = BPF_CORE_READ(proc, pid);
	__u64 first = pid ? (__u64)BPF_CORE_READ(pid, tasks[PIDTYPE_PID].first) : 0;
	const struct task_struct *task;

	if (!first)
		return 1;
	task = (const void *)(first - bpf_core_field_offset(struct task_struct, pid_links[PIDTYPE_PID]));
	if (BPF_CORE_READ(task, tgid) == (int)(bpf_get_current_pid_tgid() >> 32))
		return 0;
	return remit_slot_of_task(task) != slot;
}

/* A program that the session may run by its identity, and not change. */
REMIT_STEP int remit_is_kept_program(__u64 number, __u32 tables_id)
{
	struct remit_program_key key = {.tables = tables_id};
	struct remit_toolset *toolset;

	remit_read_inode((const struct inode *)number, &key.file);
	toolset = bpf_map_lookup_elem(&programs, &key);
	return toolset && !remit_no_tool(toolset->covers) && !(toolset->flags & REMIT_MAY_BE_WRITTEN);
}

/* Whose is it? enum remit_touch, or REMIT_NOT_GUARDED. A dentry without an inode is a name about to be made. */
REMIT_STEP int remit_guard_of(__u64 number, __u32 slot, __u64 cgroup, __u32 tables_id, __u32 change)
{
	const struct dentry___guard *dentry = (const void *)number;
	const struct inode *inode = BPF_CORE_READ(dentry, d_inode);
	unsigned long magic = BPF_CORE_READ(dentry, d_sb, s_magic);

	if (magic == REMIT_BPF_FS_MAGIC)
		return REMIT_TOUCH_FILE;
	if (remit_is_switch(magic))
		return REMIT_TOUCH_SWITCH;
	if (magic == PROC_SUPER_MAGIC)
		return inode && remit_is_foreign_proc((__u64)inode, slot) ? REMIT_TOUCH_SWITCH : REMIT_NOT_GUARDED;
	if (magic == CGROUP2_SUPER_MAGIC)
		return remit_is_foreign_cgroup(number, cgroup) ? REMIT_TOUCH_SWITCH : REMIT_NOT_GUARDED;
	if (remit_is_below_guarded(number, change))
		return REMIT_TOUCH_FILE;
	if (!inode)
		return REMIT_NOT_GUARDED;
	return remit_is_kept_program((__u64)inode, tables_id) ? REMIT_TOUCH_PROGRAM : REMIT_NOT_GUARDED;
}

/* The errno for a change of the file or name behind a dentry, or 0. */
REMIT_INLINE int remit_judge_change(const struct remit_subject *subject, const void *at, enum remit_change change)
{
	__u64 number = remit_number_of(at);
	const struct dentry___guard *dentry = (const void *)number;
	struct remit_session *session = subject->session;
	struct remit_attempt attempt = {};
	int touch = remit_guard_of(number, subject->slot, session->cgroup, remit_tables_of(session->authority), change);

	if (touch < 0)
		return 0;
	attempt.what = touch;
	attempt.name = (__u64)BPF_CORE_READ(dentry, d_name.name);
	return remit_refuse_attempt(subject, &attempt);
}

REMIT_INLINE int remit_name_changed(const void *dentry)
{
	struct remit_subject subject = remit_subject_of_current();

	return subject.session ? remit_judge_change(&subject, dentry, REMIT_CHANGES_NAME) : 0;
}

/* A rename or a link: neither what it is made of nor what it falls upon. */
REMIT_INLINE int remit_names_changed(const void *from, const void *to)
{
	struct remit_subject subject = remit_subject_of_current();
	int refusal;

	if (!subject.session)
		return 0;
	refusal = remit_judge_change(&subject, from, REMIT_CHANGES_NAME);
	return refusal ? refusal : remit_judge_change(&subject, to, REMIT_CHANGES_NAME);
}

/* A disk is written past its file system: whatever its name, it is the host's. */
REMIT_INLINE int remit_file_opened(struct file *opened)
{
	const struct file___guard *file = (const void *)opened;
	struct remit_attempt attempt = {.what = REMIT_TOUCH_SWITCH};
	struct remit_subject subject;

	if (!(BPF_CORE_READ(file, f_mode) & FMODE_WRITE))
		return 0;
	subject = remit_subject_of_current();
	if (!subject.session)
		return 0;
	if ((BPF_CORE_READ(opened, f_inode, i_mode) & S_IFMT) == S_IFBLK) {
		attempt.name = (__u64)BPF_CORE_READ(file, f_path.dentry, d_name.name);
		return remit_refuse_attempt(&subject, &attempt);
	}
	return remit_judge_change(&subject, BPF_CORE_READ(file, f_path.dentry), REMIT_CHANGES_CONTENT);
}

/* inode_setattr got an argument in front in 6.9. A dentry is told by itself: its inode is of its own file system. */
REMIT_INLINE bool remit_is_dentry(__u64 number)
{
	const struct dentry___guard *dentry = (const void *)number;
	const struct super_block *sb = BPF_CORE_READ(dentry, d_sb);

	return sb && BPF_CORE_READ(dentry, d_inode, i_sb) == sb;
}

/* Truncation, mode, owner, times. */
REMIT_INLINE int remit_attributes_changed(const void *first, const void *second)
{
	struct remit_subject subject = remit_subject_of_current();

	if (!subject.session)
		return 0;
	return remit_judge_change(&subject, remit_is_dentry(remit_number_of(first)) ? first : second, REMIT_CHANGES_CONTENT);
}

#endif
