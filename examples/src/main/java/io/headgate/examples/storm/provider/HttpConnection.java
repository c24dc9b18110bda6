package io.headgate.examples.storm.provider;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One connection: reads requests, and while one is being answered keeps reading, since the end of
 * the stream is the only sign of a client that has gone. The JDK's own server does not look until
 * it writes.
 */
final class HttpConnection implements Runnable {
  private static final int MAX_LINE = 8_192;
  private static final int MAX_HEADERS = 100;
  private static final int MAX_BODY = 1 << 20;

  private final Socket socket;
  private final HttpHandler handler;

  HttpConnection(Socket socket, HttpHandler handler) {
    this.socket = socket;
    this.handler = handler;
  }

  @Override
  public void run() {
    try (socket;
        var in = new BufferedInputStream(socket.getInputStream());
        var out = new BufferedOutputStream(socket.getOutputStream())) {
      for (boolean open = true; open; ) {
        try {
          var request = read(in);
          open = request != null && serve(new HttpExchange(request, out), in);
        } catch (BadRequestException e) {
          var body = ChatReplies.error("invalid_request_error", String.valueOf(e.getMessage()));
          var exchange = new HttpExchange(new HttpRequest("", "", ""), out);
          exchange.json(e.status(), body, Map.of("Connection", "close"));
          exchange.flush();
          open = false;
        }
      }
    } catch (IOException e) {
      // The client has gone, or the provider was closed: the connection's end either way.
    }
  }

  /** Whether the connection can carry another request. */
  private boolean serve(HttpExchange exchange, InputStream in) throws IOException {
    var answering =
        Thread.ofVirtual()
            .name("provider-answer")
            .start(
                () -> {
                  try {
                    handler.handle(exchange);
                  } catch (IOException e) {
                    closeQuietly();
                  }
                });
    boolean stays = false;
    try {
      in.mark(1);
      stays = in.read() >= 0;
      in.reset();
    } catch (IOException e) {
      stays = false;
    }
    if (!stays) {
      answering.interrupt();
    }
    join(answering);
    return stays;
  }

  private static void join(Thread thread) {
    try {
      thread.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  void closeQuietly() {
    try {
      socket.close();
    } catch (IOException e) {
      // Closing was all that was wanted.
    }
  }

  private static @Nullable HttpRequest read(InputStream in)
      throws IOException, BadRequestException {
    var first = line(in);
    if (first == null) {
      return null;
    }
    var parts = first.split(" ", -1);
    if (parts.length != 3 || !parts[2].startsWith("HTTP/1.")) {
      throw new BadRequestException(400, "the first line must be METHOD PATH HTTP/1.1");
    }
    int length = contentLength(in);
    var body = in.readNBytes(length);
    if (body.length < length) {
      throw new EOFException("the client left in the middle of its request");
    }
    return new HttpRequest(parts[0], parts[1], new String(body, UTF_8));
  }

  /** Reads all headers; the length of the body is the only one that matters here. */
  private static int contentLength(InputStream in) throws IOException, BadRequestException {
    int length = 0;
    for (int i = 0; i < MAX_HEADERS; i++) {
      var header = line(in);
      if (header == null) {
        throw new EOFException("the client left in the middle of its headers");
      }
      if (header.isEmpty()) {
        return length;
      }
      var lower = header.toLowerCase(Locale.ROOT);
      if (lower.startsWith("transfer-encoding:")) {
        throw new BadRequestException(400, "bodies come with a Content-Length here");
      }
      if (lower.startsWith("content-length:")) {
        length = length(lower.substring("content-length:".length()).strip());
      }
    }
    throw new BadRequestException(400, "at most " + MAX_HEADERS + " headers");
  }

  private static int length(String text) throws BadRequestException {
    int length;
    try {
      length = Integer.parseInt(text);
    } catch (NumberFormatException e) {
      throw new BadRequestException(400, "Content-Length must be a whole number");
    }
    if (length < 0 || length > MAX_BODY) {
      throw new BadRequestException(413, "a body has at most " + MAX_BODY + " bytes");
    }
    return length;
  }

  /** A line without its end; null at the end of the stream. */
  private static @Nullable String line(InputStream in) throws IOException, BadRequestException {
    var bytes = new byte[MAX_LINE];
    int length = 0;
    for (int b = in.read(); b != '\n'; b = in.read()) {
      if (b < 0) {
        return null;
      }
      if (length == MAX_LINE) {
        throw new BadRequestException(400, "a line has at most " + MAX_LINE + " bytes");
      }
      bytes[length++] = (byte) b;
    }
    return new String(bytes, 0, length, ISO_8859_1).stripTrailing();
  }
}
