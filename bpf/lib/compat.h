/* What differs between kernels, and nowhere else: layouts are told apart by their fields, never by version. */
#ifndef REMIT_LIB_COMPAT_H
#define REMIT_LIB_COMPAT_H

#include "../abi/verdict.h"

/* From 6.13 bit 31 of i_ctime's nanoseconds says that somebody asked for the time; it is no part of the time. */
#define REMIT_NSEC_MASK ((1u << 30) - 1)

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

/* up to 6.5 */
struct inode___timespec {
	struct timespec64 i_ctime;
};

/* 6.6 to 6.10 */
struct inode___hidden_timespec {
	struct timespec64 __i_ctime;
};

/* from 6.11 */
struct inode___split {
	__s64 i_ctime_sec;
	__u32 i_ctime_nsec;
};

#pragma clang attribute pop

REMIT_INLINE void remit_read_ctime(const struct inode *inode, struct remit_file *file)
{
	const struct inode___split *split = (const void *)inode;
	const struct inode___hidden_timespec *hidden = (const void *)inode;
	const struct inode___timespec *old = (const void *)inode;

	if (bpf_core_field_exists(split->i_ctime_sec)) {
		file->ctime_sec = BPF_CORE_READ(split, i_ctime_sec);
		file->ctime_nsec = BPF_CORE_READ(split, i_ctime_nsec) & REMIT_NSEC_MASK;
	} else if (bpf_core_field_exists(hidden->__i_ctime)) {
		file->ctime_sec = BPF_CORE_READ(hidden, __i_ctime.tv_sec);
		file->ctime_nsec = BPF_CORE_READ(hidden, __i_ctime.tv_nsec) & REMIT_NSEC_MASK;
	} else {
		file->ctime_sec = BPF_CORE_READ(old, i_ctime.tv_sec);
		file->ctime_nsec = BPF_CORE_READ(old, i_ctime.tv_nsec) & REMIT_NSEC_MASK;
	}
}

#endif
