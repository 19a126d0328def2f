/* `strict_code`: executable memory only of files that a tool covers. Memory of no file passes. */
#ifndef REMIT_HOOKS_GUARD_CODE_H
#define REMIT_HOOKS_GUARD_CODE_H

#include "exec.h"
#include "guard.h"

#define PROT_EXEC 0x4

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
	remit_read_program(file, &key.file);
	toolset = remit_toolset_of_program(key.tables, &key.file);
	if (toolset && !remit_no_tool(toolset->covers))
		return 0;
	attempt.file = &key.file;
	attempt.name = (__u64)BPF_CORE_READ((const struct file___guard *)file, f_path.dentry, d_name.name);
	if (!toolset)
		remit_ask_code(&subject, &key, (const char *)attempt.name);
	return remit_attempt_passes(&subject, &attempt) ? 0 : refusal;
}

#endif
