package io.headgate.examples.storm.provider;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** Accepts connections on a free port of loopback. */
final class HttpListener implements AutoCloseable {
  private static final int BACKLOG = 4_096;

  /** Each takes two file descriptors of this process, client and server being one. */
  private static final int MAX_CONNECTIONS = 8_000;

  private final ServerSocket server;
  private final HttpHandler handler;
  private final Set<HttpConnection> open = ConcurrentHashMap.newKeySet();

  HttpListener(HttpHandler handler) throws IOException {
    this.handler = handler;
    this.server = new ServerSocket();
    server.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), BACKLOG);
    Thread.ofPlatform().daemon().name("provider-accept").start(this::accept);
  }

  URI uri() {
    return URI.create(
        "http://%s:%d".formatted(server.getInetAddress().getHostAddress(), server.getLocalPort()));
  }

  private void accept() {
    while (!server.isClosed()) {
      try {
        var socket = server.accept();
        if (open.size() >= MAX_CONNECTIONS) {
          socket.close();
        } else {
          serve(socket);
        }
      } catch (IOException e) {
        // Closed, or the client was quicker to leave than we to accept.
      }
    }
  }

  private void serve(Socket socket) throws IOException {
    socket.setTcpNoDelay(true);
    var connection = new HttpConnection(socket, handler);
    open.add(connection);
    Thread.ofVirtual()
        .name("provider-connection")
        .start(
            () -> {
              try {
                connection.run();
              } finally {
                open.remove(connection);
              }
            });
  }

  @Override
  public void close() throws IOException {
    server.close();
    open.forEach(HttpConnection::closeQuietly);
  }
}
