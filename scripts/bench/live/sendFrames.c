/*
 * sendFrames INTERFACE COUNT PER_SECOND FRAMES.pcap
 * sendFrames INTERFACE COUNT PER_SECOND full
 *
 * Puts COUNT frames on a link at an even rate and prints how many were sent. `full` makes TCP segments of 1514 bytes on 64
 * connections whose sequence numbers go on; a file (pcap, microseconds, of this machine's byte order) is sent over and over.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

enum { batch = 32, flows = 64, payload = 1460, frame = 54 + payload };

static uint8_t made[batch][frame];
static uint32_t sequences[flows];

static void make(uint8_t *bytes, uint64_t number) {
  static const uint8_t head[54] = {2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1, 8, 0, 0x45, 0, 5, 220, 0, 0, 0x40, 0, 64, 6, 0, 0,
                                   10, 77, 0, 1, 10, 77, 0, 2, 0x23, 0x28, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0x50, 0x10, 0xff, 0xff};
  memcpy(bytes, head, sizeof head);
  uint32_t flow = number % flows;
  uint16_t port = htons(40000 + flow);
  uint32_t sequence = htonl(sequences[flow]);
  memcpy(bytes + 36, &port, 2);
  memcpy(bytes + 38, &sequence, 4);
  sequences[flow] += payload;
}

static void fail(const char *what) {
  perror(what);
  exit(1);
}

int main(int argc, char **argv) {
  if (argc != 5) return 2;
  uint64_t count = strtoull(argv[2], NULL, 10);
  double per_second = strtod(argv[3], NULL);
  int full = strcmp(argv[4], "full") == 0;
  uint8_t *file = NULL;
  size_t size = 0, at = 24;
  if (!full) {
    FILE *in = fopen(argv[4], "rb");
    if (in == NULL) fail(argv[4]);
    fseek(in, 0, SEEK_END);
    size = ftell(in);
    rewind(in);
    file = malloc(size);
    if (file == NULL || fread(file, 1, size, in) != size || size < 40) fail("read");
    fclose(in);
  }
  int s = socket(AF_PACKET, SOCK_RAW, 0);
  if (s < 0) fail("socket");
  struct sockaddr_ll to = {.sll_family = AF_PACKET, .sll_ifindex = (int)if_nametoindex(argv[1])};
  if (to.sll_ifindex == 0 || bind(s, (struct sockaddr *)&to, sizeof to) != 0) fail(argv[1]);
  int on = 1;
  setsockopt(s, SOL_PACKET, PACKET_QDISC_BYPASS, &on, sizeof on);
  struct mmsghdr messages[batch];
  struct iovec parts[batch];
  memset(messages, 0, sizeof messages);
  for (int i = 0; i < batch; i++) messages[i].msg_hdr = (struct msghdr){.msg_iov = &parts[i], .msg_iovlen = 1};
  struct timespec start, now;
  clock_gettime(CLOCK_MONOTONIC, &start);
  uint64_t sent = 0;
  while (sent < count) {
    int wanted = count - sent < batch ? (int)(count - sent) : batch;
    for (int i = 0; i < wanted; i++) {
      if (full) {
        make(made[i], sent + i);
        parts[i] = (struct iovec){made[i], frame};
        continue;
      }
      uint32_t length;
      if (at + 16 > size) at = 24;
      memcpy(&length, file + at + 8, 4);
      if (at + 16 + length > size) {
        at = 24;
        memcpy(&length, file + at + 8, 4);
      }
      parts[i] = (struct iovec){file + at + 16, length};
      at += 16 + length;
    }
    double due = sent / per_second;
    struct timespec until = {start.tv_sec + (time_t)due, start.tv_nsec + (long)((due - (time_t)due) * 1e9)};
    if (until.tv_nsec >= 1000000000) {
      until.tv_sec += 1;
      until.tv_nsec -= 1000000000;
    }
    while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL) == EINTR);
    for (int done = 0; done < wanted;) {
      int n = sendmmsg(s, messages + done, wanted - done, 0);
      if (n > 0) {
        done += n;
      } else if (errno != ENOBUFS && errno != EAGAIN && errno != EINTR) {
        fail("send");
      }
    }
    sent += wanted;
  }
  clock_gettime(CLOCK_MONOTONIC, &now);
  double seconds = now.tv_sec - start.tv_sec + (now.tv_nsec - start.tv_nsec) / 1e9;
  printf("{\"sent\":%llu,\"seconds\":%.6f}\n", (unsigned long long)sent, seconds);
  return 0;
}
