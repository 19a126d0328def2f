/* `strict_code`: executable memory only of files that a tool covers. Memory of no file passes. */
#ifndef REMIT_HOOKS_GUARD_CODE_H
#define REMIT_HOOKS_GUARD_CODE_H

#include "exec.h"
#include "guard_file.h"

#define PROT_EXEC 0x4
/* linux/fs.h: bit 25 up to 6.13, then 24; the other one has another meaning there, so what is found is looked at too. */
#define FMODE_MAY_BE_BACKING (1 << 24 | 1 << 25)

/* Memory of a file on an overlay is of the file below it: programs are known by the file that was opened, which before 6.5 is in f_path. */
REMIT_INLINE const struct inode *remit_opened_inode(const void *opened)
{
	const struct file___guard *file = opened;
	const struct backing_file *backing = opened;

	if (bpf_core_field_exists(backing->user_path) && (BPF_CORE_READ(file, f_mode) & FMODE_MAY_BE_BACKING)) {
		const struct dentry___guard *dentry = BPF_CORE_READ(backing, user_path.dentry);

		if (dentry && remit_is_dentry((__u64)dentry))
			return BPF_CORE_READ(dentry, d_inode);
	}
	return BPF_CORE_READ(file, f_path.dentry, d_inode);
}

REMIT_INLINE void remit_read_code(const void *opened, struct remit_file *out)
{
	const struct inode *inode = remit_opened_inode(opened);

	if (!inode)
		remit_count_fault();
	else if (BPF_CORE_READ(inode, i_nlink) == 0)
		out->size = REMIT_ANONYMOUS_PROGRAM;
	else
		remit_read_inode(inode, out);
}

/* A file not seen before is asked about like a program, so that the next try can pass. */
REMIT_INLINE void remit_ask_code(const struct remit_subject *subject, struct remit_program_key *key, const char *path)
{
	struct remit_judgement judged = {.now_ns = bpf_ktime_get_boot_ns(), .tables = key->tables};
	struct remit_facts facts = {.file = &key->file, .since_ns = judged.now_ns, .crossing = REMIT_EXEC, .effect = REMIT_REFUSED};

	judged.generation = remit_generation_of(subject->session->authority);
	judged.verdict = remit_verdict_of(REMIT_PENDING, REMIT_REASON_UNKNOWN, REMIT_NO_TOOL, REMIT_NO_RULE);
	if (remit_should_ask(key, judged.now_ns))
		remit_question(subject, &judged, &facts, path);
}

REMIT_INLINE int remit_code_mapped(struct file *file, unsigned long protection)
{
	struct remit_attempt attempt = {.what = REMIT_TOUCH_CODE};
	struct remit_program_key key = {};
	struct remit_toolset *toolset;
	struct remit_subject subject;
	struct remit_tables *head;
	int refusal = -EPERM;

	barrier_var(refusal);
	if (!(protection & PROT_EXEC) || !file)
		return 0;
	subject = remit_subject_of_current();
	if (!subject.session)
		return 0;
	key.tables = remit_tables_of(subject.session->authority);
	head = bpf_map_lookup_elem(&tables, &key.tables);
	if (head && !(head->flags & REMIT_STRICT_CODE))
		return 0;
	remit_read_code(file, &key.file);
	toolset = remit_toolset_of_program(key.tables, &key.file);
	if (toolset && (!remit_no_tool(toolset->covers) || (toolset->flags & REMIT_MAY_BE_MAPPED)))
		return 0;
	attempt.file = &key.file;
	attempt.name = (__u64)BPF_CORE_READ((const struct file___guard *)file, f_path.dentry, d_name.name);
	if (!toolset)
		remit_ask_code(&subject, &key, (const char *)attempt.name);
	return remit_attempt_passes(&subject, &attempt) ? 0 : refusal;
}

#endif
