package io.headgate.examples.storm.provider;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.time.Duration;

/** A client on a bare socket, for what a real one would hide. */
final class RawClient implements AutoCloseable {
  private final Socket socket;

  RawClient(URI uri) throws IOException {
    socket = new Socket(InetAddress.getByName(uri.getHost()), uri.getPort());
  }

  void send(String text) throws IOException {
    socket.getOutputStream().write(text.getBytes(UTF_8));
    socket.getOutputStream().flush();
  }

  void post(String body) throws IOException {
    send(
        "POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nContent-Length: "
            + body.getBytes(UTF_8).length
            + "\r\n\r\n"
            + body);
  }

  /** What comes until the answer contains {@code end}, or the stream ends. */
  String readUntil(String end) throws IOException {
    socket.setSoTimeout((int) Duration.ofSeconds(10).toMillis());
    var bytes = new ByteArrayOutputStream();
    while (!bytes.toString(UTF_8).contains(end)) {
      int b = socket.getInputStream().read();
      if (b < 0) {
        break;
      }
      bytes.write(b);
    }
    return bytes.toString(UTF_8);
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
