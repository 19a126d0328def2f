/* The kernel types that only the guard reads; see kernel.h. Flavours (___guard) add fields to types that kernel.h has. */
#ifndef REMIT_LIB_GUARD_TYPES_H
#define REMIT_LIB_GUARD_TYPES_H

#include "kernel.h"

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

struct user_namespace {
	int level;
};

struct kernel_capabilities {
	__u64 val; /* two words of 32 bits up to 6.2 */
};

struct cred___guard {
	struct kernel_capabilities cap_bset;
};

struct io_uring_task;

struct ns_common {
	unsigned int inum;
};

struct mnt_namespace {
	struct ns_common ns;
};

struct nsproxy {
	struct mnt_namespace *mnt_ns;
};

struct fs_struct {
	struct path root;
};

struct task_struct___guard {
	const struct cred___guard *real_cred;
	struct io_uring_task *io_uring;
	struct nsproxy *nsproxy;
	struct fs_struct *fs;
};

struct vm_area_struct {
	struct file *vm_file;
};

struct qstr {
	const unsigned char *name;
};

struct dentry___guard {
	struct dentry___guard *d_parent;
	struct qstr d_name;
	struct inode *d_inode;
	struct super_block *d_sb;
};

struct path___guard {
	struct dentry___guard *dentry;
};

struct file___guard {
	__u32 f_mode;
	struct path___guard f_path;
};

/* From 6.5 on: the file below an overlay, and what the program opened. */
struct backing_file {
	struct path___guard user_path;
};

struct proc_inode {
	struct pid *pid;
	struct inode vfs_inode;
};

#pragma clang attribute pop

#endif
