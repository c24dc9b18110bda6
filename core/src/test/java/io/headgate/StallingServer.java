package io.headgate;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/** An HTTP server on loopback that gets stuck, and tells when it sees its connections closed. */
final class StallingServer implements AutoCloseable {
  /** Where it gets stuck. */
  enum Stall {
    /** Accepts, reads the request and says nothing. */
    SILENT,
    /** Sends the headers, then a byte a second. */
    DRIBBLE,
    /** Sends three events of a stream, then nothing. */
    MID_STREAM
  }

  /** One connection that got stuck. */
  static final class Stuck {
    private final CountDownLatch closed = new CountDownLatch(1);
    private volatile long closedNs;

    /** When the end of the connection was seen, by {@link System#nanoTime()}. */
    long awaitClosedNs() throws InterruptedException {
      if (!closed.await(20, TimeUnit.SECONDS)) {
        throw new AssertionError("the server still sees the connection open");
      }
      return closedNs;
    }

    boolean isClosed() {
      return closed.getCount() == 0;
    }
  }

  static final String LAST_EVENT = "data: three";
  static final String EVENTS = "data: one\n\ndata: two\n\n" + LAST_EVENT + "\n\n";

  private static final int BYTE_EVERY_MS = 1_000;

  private final Stall stall;
  private final ServerSocket server;
  private final LinkedBlockingQueue<Stuck> stuck = new LinkedBlockingQueue<>();
  private final LinkedBlockingQueue<Socket> open = new LinkedBlockingQueue<>();

  StallingServer(Stall stall) throws IOException {
    this.stall = stall;
    server = new ServerSocket(0, 256, InetAddress.getLoopbackAddress());
    var _ = Thread.ofPlatform().daemon().name("stalling-server").start(this::accept);
  }

  int port() {
    return server.getLocalPort();
  }

  URI uri() {
    return URI.create("http://127.0.0.1:" + port() + "/");
  }

  /** The next connection that got stuck; null if there is none in so long. */
  Stuck poll(long millis) throws InterruptedException {
    return stuck.poll(millis, TimeUnit.MILLISECONDS);
  }

  /** The next connection that got stuck. */
  Stuck await() throws InterruptedException {
    Stuck next = poll(20_000);
    if (next == null) {
      throw new AssertionError("no connection reached the stall");
    }
    return next;
  }

  private void accept() {
    while (!server.isClosed()) {
      try {
        Socket socket = server.accept();
        open.add(socket);
        var _ = Thread.ofPlatform().daemon().name("stalled").start(() -> serve(socket));
      } catch (IOException e) {
        if (!server.isClosed()) {
          throw new UncheckedIOException(e);
        }
      }
    }
  }

  private void serve(Socket socket) {
    var connection = new Stuck();
    try (socket) {
      var in = new BufferedReader(new InputStreamReader(socket.getInputStream(), US_ASCII));
      String line = in.readLine();
      while (line != null && !line.isEmpty()) {
        line = in.readLine();
      }
      OutputStream out = socket.getOutputStream();
      if (stall != Stall.SILENT) {
        String head = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n";
        String body = stall == Stall.DRIBBLE ? "" : EVENTS;
        out.write((head + "Content-Length: 1000000\r\n\r\n" + body).getBytes(US_ASCII));
      }
      stuck.add(connection);
      untilClosed(socket, in, out);
    } catch (IOException e) {
      // a reset is an end, too
    }
    connection.closedNs = System.nanoTime();
    connection.closed.countDown();
  }

  private void untilClosed(Socket socket, BufferedReader in, OutputStream out) throws IOException {
    socket.setSoTimeout(stall == Stall.DRIBBLE ? BYTE_EVERY_MS : 0);
    while (true) {
      try {
        if (in.read() < 0) {
          return;
        }
      } catch (SocketTimeoutException e) {
        out.write('.');
      }
    }
  }

  @Override
  public void close() throws IOException {
    server.close();
    for (Socket socket : open) {
      socket.close();
    }
  }
}
