// SPDX-License-Identifier: GPL-2.0
/* The table of contents: one line a hook, in the order in which a crossing meets them. bpf/README.md says for each what an error does. */
#include "hooks/ask.h"
#include "hooks/exec.h"
#include "hooks/listen.h"
#include "hooks/net.h"
#include "hooks/packet.h"
#include "hooks/socket.h"
#include "hooks/task.h"
#include "hooks/unix.h"

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

/* exec */
SEC("lsm/bprm_check_security")
int BPF_PROG(remit_bprm_check, struct linux_binprm *bprm, int ret)
{
	return ret || !REMIT_SERVES() ? ret : remit_exec_checked(bprm);
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
	return ret || kern || !REMIT_SERVES() ? ret : remit_family_wanted(family, type, protocol);
}

SEC("cgroup/sock_create")
int remit_sock_make(struct bpf_sock *ctx)
{
	return REMIT_SERVES() ? remit_socket_made(ctx) : REMIT_HOOK_PASS;
}

SEC("lsm/socket_post_create")
int BPF_PROG(remit_post_create, struct socket *sock, int family, int type, int protocol, int kern, int ret)
{
	return ret || kern || !REMIT_SERVES() ? ret : remit_socket_called(sock);
}

SEC("lsm/socket_listen")
int BPF_PROG(remit_lsm_listen, struct socket *sock, int backlog, int ret)
{
	return ret || !REMIT_SERVES() ? ret : remit_listen_wanted(sock);
}

SEC("lsm/socket_connect")
int BPF_PROG(remit_lsm_conn, struct socket *sock, void *address, int length, int ret)
{
	return ret || !REMIT_SERVES() ? ret : remit_socket_called(sock);
}

SEC("lsm/socket_sendmsg")
int BPF_PROG(remit_lsm_send, struct socket *sock, void *message, int size, int ret)
{
	return ret || !REMIT_SERVES() ? ret : remit_socket_called(sock);
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

/* unix sockets; the last two have a section by number, as libbpf 1.1 does not know their names */
SEC("lsm/unix_stream_connect")
int BPF_PROG(remit_unix_conn, struct sock *sock, struct sock *other, struct sock *newsk, int ret)
{
	return ret || !REMIT_SERVES() ? ret : remit_unix_connected(other);
}

SEC("lsm/unix_may_send")
int BPF_PROG(remit_unix_send, struct socket *sock, struct socket *other, int ret)
{
	return ret || !REMIT_SERVES() ? ret : remit_unix_sent(sock, other);
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

/* what the daemon asks */
SEC("syscall")
int remit_ask(struct remit_ask *ask)
{
	return remit_ask_exec(ask);
}

SEC("iter/task_file")
int remit_files(struct bpf_iter__task_file *ctx)
{
	remit_write_identity(ctx);
	return 0;
}
