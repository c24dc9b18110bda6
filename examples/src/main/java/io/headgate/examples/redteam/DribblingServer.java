package io.headgate.examples.redteam;

import io.headgate.Admitted;
import io.headgate.Agent;
import io.headgate.Attempt;
import io.headgate.Job;
import io.headgate.Target;
import io.headgate.Task;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/** A server that sends a byte now and then and never comes to an end: no read ever times out. */
final class DribblingServer implements Attack {
  private static final int BURST = 32;
  private static final int BACKLOG = 256;
  private static final long EVERY_MS = 20;
  private static final long SECOND_NS = 1_000_000_000;
  private static final long LONG_NS = 3 * SECOND_NS;
  private static final long CLOSED_WITHIN_MS = 3_000;

  private final AtomicLong arguments = new AtomicLong();
  private final AtomicLong longestNs = new AtomicLong();
  private final AtomicInteger connected = new AtomicInteger();

  @Override
  public String name() {
    return "dribbling-server";
  }

  @Override
  public String tries() {
    return "a server that sends a byte every 20 ms for ever: calls of three seconds, open sockets";
  }

  @Override
  public void run(Ground ground) throws InterruptedException {
    Agent agent = ground.agent("agent");
    Target tool = ground.tool("dribble");
    try (ServerSocket server = new ServerSocket()) {
      server.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), BACKLOG);
      Thread.ofPlatform().daemon().name("red-dribble").start(() -> accept(ground, server));
      ground.attack(
          Ground.THREADS,
          random -> {
            try (Job job = ground.job()) {
              List<Admitted<String>> handles = new ArrayList<>();
              for (int i = 0; i < BURST && !ground.over(); i++) {
                Task<String> task =
                    Task.<String>of(agent, tool, attempt -> read(attempt, server.getLocalPort()));
                Admitted<String> handle =
                    ground.submit(job, task.arguments(1 + arguments.incrementAndGet()));
                if (handle != null) {
                  handles.add(handle);
                }
              }
              // By then they have timed out, or it got through.
              long endNs = System.nanoTime() + LONG_NS + SECOND_NS / 2;
              for (Admitted<String> handle : handles) {
                long leftNs = Math.max(1, endNs - System.nanoTime());
                var _ = handle.join(Duration.ofNanos(leftNs));
              }
              Thread.sleep(EVERY_MS); // who is refused asks again, but not all the time
            }
          });
      for (long ms = 0; ms < CLOSED_WITHIN_MS && connected.get() > 0; ms += EVERY_MS) {
        Thread.sleep(EVERY_MS);
      }
    } catch (IOException e) {
      throw new UncheckedIOException("no port on loopback is free", e);
    }
  }

  private void accept(Ground ground, ServerSocket server) {
    while (!server.isClosed()) {
      try {
        Socket socket = server.accept();
        Thread.ofVirtual().name("red-dribble").start(() -> dribble(ground, socket));
      } catch (IOException e) {
        // closed, or the client was quicker
      }
    }
  }

  // Until the other end closes: only then does a write fail.
  private void dribble(Ground ground, Socket socket) {
    connected.incrementAndGet();
    long endNs = System.nanoTime() + ground.leftNs() + 2 * LONG_NS;
    try (socket) {
      while (System.nanoTime() - endNs < 0) {
        socket.getOutputStream().write('.');
        Thread.sleep(EVERY_MS);
      }
    } catch (IOException | InterruptedException e) {
      // the other end has gone
    } finally {
      connected.decrementAndGet();
    }
  }

  private String read(Attempt attempt, int port) throws IOException {
    long startNs = System.nanoTime();
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
      attempt.onCancel(socket);
      int sum = 0;
      for (int b = socket.getInputStream().read(); b >= 0; b = socket.getInputStream().read()) {
        sum += b;
      }
      return "" + sum;
    } finally {
      longestNs.accumulateAndGet(System.nanoTime() - startNs, Math::max);
    }
  }

  @Override
  public List<String> gotThrough(Ground ground) {
    List<String> got = new ArrayList<>();
    if (longestNs.get() >= LONG_NS) {
      got.add("a call of " + longestNs.get() / 1_000_000 + " ms");
    }
    if (connected.get() > 0) {
      got.add(connected + " sockets that stayed open");
    }
    return got;
  }
}
