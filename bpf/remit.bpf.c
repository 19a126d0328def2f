// SPDX-License-Identifier: GPL-2.0
/* The table of contents: one line a hook, in the order in which a crossing meets them. bpf/README.md says for each what an error does. */
#include "hooks/ask.h"
#include "hooks/dns.h"
#include "hooks/exec.h"
#include "hooks/guard.h"
#include "hooks/guard_code.h"
#include "hooks/guard_file.h"
#include "hooks/guard_task.h"
#include "hooks/limbo.h"
#include "hooks/listen.h"
#include "hooks/net.h"
#include "hooks/packet.h"
#include "hooks/socket.h"
#include "hooks/sockops.h"
#include "hooks/task.h"
#include "hooks/unix.h"
#include "hooks/whose.h"
#include "lib/turn.h"

char LICENSE[] SEC("license") = "GPL"; /* tracing helpers and bpf_send_signal are for GPL programs only */

/* who */
SEC("tp_btf/task_newtask")
int BPF_PROG(remit_newtask, struct task_struct *task, unsigned long clone_flags)
{
	if (REMIT_SERVES())
		remit_task_born(task);
	return 0;
}

SEC("tp_btf/cgroup_attach_task")
int BPF_PROG(remit_moved, struct cgroup *to, const char *path, struct task_struct *task, bool threadgroup)
{
	if (REMIT_SERVES())
		remit_task_moved(task);
	return 0;
}

SEC("tp_btf/cgroup_mkdir")
int BPF_PROG(remit_cgmade, struct cgroup *cgroup, const char *path)
{
	if (REMIT_SERVES())
		remit_cgroup_made(cgroup, path);
	return 0;
}

SEC("tp_btf/cgroup_rmdir")
int BPF_PROG(remit_cggone, struct cgroup *cgroup, const char *path)
{
	if (REMIT_SERVES())
		remit_cgroup_gone(cgroup);
	return 0;
}

/* exec */
SEC("lsm/bprm_check_security")
int BPF_PROG(remit_bprm_check, struct linux_binprm *bprm, int ret)
{
	return ret || !remit_has_turn() ? ret : remit_exec_checked(bprm);
}

SEC("tp_btf/sched_process_exec")
int BPF_PROG(remit_exec, struct task_struct *task, int old_pid, struct linux_binprm *bprm)
{
	if (REMIT_SERVES())
		remit_exec_committed(bprm);
	return 0;
}

/* sockets: made, stamped, bound, connected, sent on */
SEC("lsm/socket_create")
int BPF_PROG(remit_family, int family, int type, int protocol, int kern, int ret)
{
	return ret || kern || !remit_has_turn() ? ret : remit_family_wanted(family, type, protocol);
}

SEC("cgroup/sock_create")
int remit_sock_make(struct bpf_sock *ctx)
{
	return REMIT_SERVES() ? remit_socket_made(ctx) : REMIT_HOOK_PASS;
}

SEC("lsm/socket_post_create")
int BPF_PROG(remit_post_create, struct socket *sock, int family, int type, int protocol, int kern, int ret)
{
	return ret || kern || !remit_has_turn() ? ret : remit_socket_called(sock);
}

SEC("lsm/socket_listen")
int BPF_PROG(remit_lsm_listen, struct socket *sock, int backlog, int ret)
{
	return ret || !remit_has_turn() ? ret : remit_listen_wanted(sock);
}

SEC("lsm/socket_connect")
int BPF_PROG(remit_lsm_conn, struct socket *sock, void *address, int length, int ret)
{
	return ret || !remit_has_turn() ? ret : remit_socket_called(sock);
}

SEC("lsm/socket_sendmsg")
int BPF_PROG(remit_lsm_send, struct socket *sock, void *message, int size, int ret)
{
	return ret || !remit_has_turn() ? ret : remit_socket_called(sock);
}

SEC("cgroup/bind4")
int remit_bind4(struct bpf_sock_addr *ctx)
{
	return REMIT_SERVES() ? remit_on_call4(ctx, REMIT_LISTEN) : REMIT_HOOK_PASS;
}

SEC("cgroup/bind6")
int remit_bind6(struct bpf_sock_addr *ctx)
{
	return REMIT_SERVES() ? remit_on_call6(ctx, REMIT_LISTEN) : REMIT_HOOK_PASS;
}

SEC("cgroup/connect4")
int remit_connect4(struct bpf_sock_addr *ctx)
{
	return REMIT_SERVES() ? remit_on_call4(ctx, REMIT_CONNECT) : REMIT_HOOK_PASS;
}

SEC("cgroup/connect6")
int remit_connect6(struct bpf_sock_addr *ctx)
{
	return REMIT_SERVES() ? remit_on_call6(ctx, REMIT_CONNECT) : REMIT_HOOK_PASS;
}

SEC("cgroup/sendmsg4")
int remit_sendmsg4(struct bpf_sock_addr *ctx)
{
	return REMIT_SERVES() ? remit_on_call4(ctx, REMIT_SEND) : REMIT_HOOK_PASS;
}

SEC("cgroup/sendmsg6")
int remit_sendmsg6(struct bpf_sock_addr *ctx)
{
	return REMIT_SERVES() ? remit_on_call6(ctx, REMIT_SEND) : REMIT_HOOK_PASS;
}

/* what came from the resolver shows whom the caller meant */
SEC("cgroup/recvmsg4")
int remit_recvmsg4(struct bpf_sock_addr *ctx)
{
	if (REMIT_SERVES())
		remit_show_meant4(ctx);
	return 1;
}

SEC("cgroup/recvmsg6")
int remit_recvmsg6(struct bpf_sock_addr *ctx)
{
	if (REMIT_SERVES())
		remit_show_meant6(ctx);
	return 1;
}

SEC("cgroup/getpeername4")
int remit_peername4(struct bpf_sock_addr *ctx)
{
	if (REMIT_SERVES())
		remit_show_meant4(ctx);
	return 1;
}

SEC("cgroup/getpeername6")
int remit_peername6(struct bpf_sock_addr *ctx)
{
	if (REMIT_SERVES())
		remit_show_meant6(ctx);
	return 1;
}

/* unix sockets; the last two have a section by number, as libbpf 1.1 does not know their names */
SEC("lsm/unix_stream_connect")
int BPF_PROG(remit_unix_conn, struct sock *sock, struct sock *other, struct sock *newsk, int ret)
{
	return ret || !remit_has_turn() ? ret : remit_unix_connected(other);
}

SEC("lsm/unix_may_send")
int BPF_PROG(remit_unix_send, struct socket *sock, struct socket *other, int ret)
{
	return ret || !remit_has_turn() ? ret : remit_unix_sent(sock, other);
}

SEC("connect_unix")
int remit_connectu(struct bpf_sock_addr *ctx)
{
	return REMIT_SERVES() ? remit_unix_named(ctx) : REMIT_HOOK_PASS;
}

SEC("sendmsg_unix")
int remit_sendmsgu(struct bpf_sock_addr *ctx)
{
	return REMIT_SERVES() ? remit_unix_named(ctx) : REMIT_HOOK_PASS;
}

/* packets of sessions */
SEC("sockops")
int remit_sockops(struct bpf_sock_ops *ctx)
{
	if (REMIT_SERVES())
		remit_socket_event(ctx);
	return 1;
}

SEC("cgroup/sock_release")
int remit_sock_gone(struct bpf_sock *ctx)
{
	if (REMIT_SERVES())
		remit_socket_closed(ctx);
	return 1;
}

SEC("cgroup_skb/egress")
int remit_egress(struct __sk_buff *skb)
{
	return REMIT_SERVES() ? remit_packet_out(skb) : REMIT_PACKET_PASS;
}

SEC("cgroup_skb/ingress")
int remit_ingress(struct __sk_buff *skb)
{
	return REMIT_SERVES() ? remit_packet_in(skb) : REMIT_PACKET_PASS;
}

/* remit itself, and what is not the session's */
SEC("lsm/bpf")
int BPF_PROG(remit_bpf_call, int command) /* what follows differs between kernels, so the answers of others before are not read */
{
	return remit_has_turn() ? remit_bpf_called() : 0;
}

SEC("lsm/capable")
int BPF_PROG(remit_capable, const struct cred *cred, struct user_namespace *ns, int capability, unsigned int options, int ret)
{
	if (ret || !remit_has_turn())
		return ret;
	return remit_capability_used(cred, ns, capability, options);
}

SEC("lsm/userns_create")
int BPF_PROG(remit_userns, const struct cred *cred, int ret)
{
	if (ret || !remit_has_turn())
		return ret;
	return remit_user_namespace_made();
}

SEC("lsm/file_receive")
int BPF_PROG(remit_received, struct file *file, int ret)
{
	if (ret || !remit_has_turn())
		return ret;
	return remit_file_received(file);
}

SEC("cgroup/sysctl")
int remit_sysctl(struct bpf_sysctl *ctx)
{
	return REMIT_SERVES() ? remit_sysctl_written(ctx) : 1;
}

SEC("lsm/ptrace_access_check")
int BPF_PROG(remit_ptrace, struct task_struct *child, unsigned int mode, int ret)
{
	if (ret || !remit_has_turn())
		return ret;
	return remit_task_traced(child, mode);
}

SEC("lsm/task_kill")
int BPF_PROG(remit_kill, struct task_struct *task, void *info, int signal, const struct cred *cred, int ret)
{
	if (ret || !remit_has_turn())
		return ret;
	return signal ? remit_task_aimed_at(task, REMIT_TOUCH_SIGNAL) : 0;
}

SEC("lsm/task_setnice")
int BPF_PROG(remit_setnice, struct task_struct *task, int nice, int ret)
{
	if (ret || !remit_has_turn())
		return ret;
	return remit_task_aimed_at(task, REMIT_TOUCH_PRIORITY);
}

SEC("lsm/task_setioprio")
int BPF_PROG(remit_setioprio, struct task_struct *task, int priority, int ret)
{
	if (ret || !remit_has_turn())
		return ret;
	return remit_task_aimed_at(task, REMIT_TOUCH_PRIORITY);
}

SEC("lsm/task_setscheduler")
int BPF_PROG(remit_setsched, struct task_struct *task, int ret)
{
	if (ret || !remit_has_turn())
		return ret;
	return remit_task_aimed_at(task, REMIT_TOUCH_PRIORITY);
}

SEC("lsm/task_setrlimit")
int BPF_PROG(remit_setrlimit, struct task_struct *task, unsigned int resource, void *limit, int ret)
{
	if (ret || !remit_has_turn())
		return ret;
	return remit_task_aimed_at(task, REMIT_TOUCH_PRIORITY);
}

SEC("lsm/task_movememory")
int BPF_PROG(remit_movemem, struct task_struct *task, int ret)
{
	if (ret || !remit_has_turn())
		return ret;
	return remit_task_aimed_at(task, REMIT_TOUCH_PRIORITY);
}

SEC("lsm/file_open")
int BPF_PROG(remit_open, struct file *file, int ret)
{
	if (ret || !remit_has_turn())
		return ret;
	return remit_file_opened(file);
}

SEC("lsm/inode_setattr")
int remit_setattr(unsigned long long *ctx) /* the dentry is the first argument or, from 6.9 on, the second */
{
	return remit_has_turn() ? remit_attributes_changed((const void *)ctx[0], (const void *)ctx[1]) : 0;
}

SEC("lsm/inode_create")
int BPF_PROG(remit_create, void *folder, struct dentry *dentry, int mode, int ret)
{
	if (ret || !remit_has_turn())
		return ret;
	return remit_name_changed(dentry);
}

SEC("lsm/inode_mkdir")
int BPF_PROG(remit_mkdir, void *folder, struct dentry *dentry, int mode, int ret)
{
	if (ret || !remit_has_turn())
		return ret;
	return remit_name_changed(dentry);
}

SEC("lsm/inode_mknod")
int BPF_PROG(remit_mknod, void *folder, struct dentry *dentry, int mode, unsigned int device, int ret)
{
	if (ret || !remit_has_turn())
		return ret;
	return remit_name_changed(dentry);
}

SEC("lsm/inode_symlink")
int BPF_PROG(remit_symlink, void *folder, struct dentry *dentry, const char *target, int ret)
{
	if (ret || !remit_has_turn())
		return ret;
	return remit_name_changed(dentry);
}

SEC("lsm/inode_unlink")
int BPF_PROG(remit_unlink, void *folder, struct dentry *dentry, int ret)
{
	if (ret || !remit_has_turn())
		return ret;
	return remit_name_changed(dentry);
}

SEC("lsm/inode_rmdir")
int BPF_PROG(remit_rmdir, void *folder, struct dentry *dentry, int ret)
{
	if (ret || !remit_has_turn())
		return ret;
	return remit_name_changed(dentry);
}

SEC("lsm/inode_link")
int BPF_PROG(remit_link, struct dentry *old, void *folder, struct dentry *dentry, int ret)
{
	if (ret || !remit_has_turn())
		return ret;
	return remit_names_changed(old, dentry);
}

SEC("lsm/inode_rename")
int BPF_PROG(remit_rename, void *old_folder, struct dentry *old, void *folder, struct dentry *dentry, int ret)
{
	if (ret || !remit_has_turn())
		return ret;
	return remit_names_changed(old, dentry);
}

SEC("lsm/mmap_file")
int BPF_PROG(remit_mmap, struct file *file, unsigned long wanted, unsigned long protection, unsigned long flags, int ret)
{
	if (ret || !remit_has_turn())
		return ret;
	return remit_code_mapped(file, protection);
}

SEC("lsm/file_mprotect")
int BPF_PROG(remit_mprotect, struct vm_area_struct *area, unsigned long wanted, unsigned long protection, int ret)
{
	if (ret || !remit_has_turn())
		return ret;
	return remit_code_mapped(BPF_CORE_READ(area, vm_file), protection);
}

/* what the daemon asks */
SEC("syscall")
int remit_ask(struct remit_ask *ask)
{
	return remit_ask_exec(ask);
}

SEC("syscall")
int remit_resolve(struct remit_lookup *lookup)
{
	return remit_judge_lookup(lookup);
}

SEC("iter/task_file")
int remit_files(struct bpf_iter__task_file *ctx)
{
	remit_write_identity(ctx);
	return 0;
}

SEC("iter/udp")
int remit_datagrams(struct bpf_iter__udp *ctx)
{
	remit_write_datagrams(ctx);
	return 0;
}
