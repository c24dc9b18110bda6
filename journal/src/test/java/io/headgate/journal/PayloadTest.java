package io.headgate.journal;

import static org.assertj.core.api.Assertions.assertThat;

import io.headgate.Admitted;
import io.headgate.Agent;
import io.headgate.Codec;
import io.headgate.Estimate;
import io.headgate.Handler;
import io.headgate.Handler.Payload;
import io.headgate.Headgate;
import io.headgate.Recovery;
import io.headgate.Recovery.Fate;
import io.headgate.Target;
import io.headgate.Task;
import io.headgate.journal.sbe.CallKeptDecoder;
import io.headgate.journal.sbe.MessageHeaderDecoder;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import javax.crypto.Cipher;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.SecretKeySpec;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What of an argument is in the journal, and what comes back, as its handler wants it. */
@Timeout(120)
class PayloadTest {
  private static final String SECRET = "sk-4711-of-the-customer";
  private static final String QUESTION = "who is " + SECRET + "?";
  private static final String OPEN = "who is ***?";

  private static final int NONCE = 12;

  @TempDir Path folders;

  private final BlockingQueue<String> made = new LinkedBlockingQueue<>();
  private final CountDownLatch end = new CountDownLatch(1);

  @Test
  void whatIsSealedIsThereForNobodyElse() throws Exception {
    Path folder = crashed(ask(sealed(1), Payload.FULL));
    assertThat(holds(folder, SECRET)).isFalse();
    assertThat(recovered(folder, ask(sealed(1), Payload.FULL))).isEqualTo(Fate.WAITS);
    assertThat(made.poll(10, TimeUnit.SECONDS)).isEqualTo(QUESTION);
  }

  @Test
  void norForWhoHasAnotherKey() throws Exception {
    Path folder = crashed(ask(sealed(1), Payload.FULL));
    assertThat(recovered(folder, ask(sealed(2), Payload.FULL))).isEqualTo(Fate.LOST);
    assertThat(made).isEmpty();
  }

  @Test
  void whatIsRedactedComesBackSo() throws Exception {
    Handler<String, String> ask =
        ask(Codec.UTF_8.redacted(text -> text.replace(SECRET, "***")), Payload.FULL);
    Path folder = crashed(ask);
    assertThat(holds(folder, SECRET)).isFalse();
    assertThat(holds(folder, OPEN)).isTrue();
    assertThat(recovered(folder, ask)).isEqualTo(Fate.WAITS);
    assertThat(made.poll(10, TimeUnit.SECONDS)).isEqualTo(OPEN);
  }

  @Test
  void ofADigestTheCallIsKnownAgainAndNotMade() throws Exception {
    Handler<String, String> ask = ask(Codec.UTF_8, Payload.DIGEST);
    Path folder = crashed(ask);
    assertThat(holds(folder, SECRET)).isFalse();
    assertThat(payloads(folder))
        .contains(
            MessageDigest.getInstance("SHA-256").digest(QUESTION.getBytes(StandardCharsets.UTF_8)));
    assertThat(recovered(folder, ask)).isEqualTo(Fate.LOST);
    assertThat(made).isEmpty();
  }

  @Test
  void ofNoneThereIsNothing() throws Exception {
    Handler<String, String> ask = ask(Codec.UTF_8, Payload.NONE);
    Path folder = crashed(ask);
    assertThat(holds(folder, SECRET)).isFalse();
    assertThat(payloads(folder)).containsOnly(new byte[0]);
    assertThat(recovered(folder, ask)).isEqualTo(Fate.LOST);
  }

  private Handler<String, String> ask(Codec<String> codec, Payload payload) {
    return Handler.of(
            "ask",
            codec,
            (_, question) -> {
              made.add(question);
              end.await();
              return "";
            })
        .payload(payload);
  }

  // One call is made, and one waits behind it.
  private Path crashed(Handler<String, String> ask) throws Exception {
    Path folder = folders.resolve("before");
    try (Headgate before =
        Headgate.builder()
            .journal(FolderJournal.in(folder, Durability.ASYNC))
            .handler(ask)
            .build()) {
      Agent agent = before.agent("agent");
      Target target = before.target("model", t -> t.maxInFlight(1));
      var job = before.job("job", j -> j.tokenBudget(10_000));
      Admitted<String> first =
          job.submitOrThrow(Task.of(agent, target, Estimate.of(1, 1), ask.call("first")));
      assertThat(made.poll(10, TimeUnit.SECONDS)).isNotNull();
      Admitted<String> second =
          job.submitOrThrow(Task.of(agent, target, Estimate.of(1, 1), ask.call(QUESTION)));
      first.durable().get(10, TimeUnit.SECONDS);
      second.durable().get(10, TimeUnit.SECONDS);
      Path copy = CrashedFolder.of(folder, folders.resolve("after"));
      second.cancel();
      end.countDown();
      var _ = first.join();
      return copy;
    }
  }

  private static Fate recovered(Path folder, Handler<String, String> ask) throws Exception {
    try (Headgate after =
        Headgate.builder().journal(FolderJournal.in(folder)).handler(ask).build()) {
      Agent _ = after.agent("agent");
      Target _ = after.target("model", t -> t.maxInFlight(1));
      Recovery recovery = after.recover();
      assertThat(recovery.tasks()).hasSize(2);
      Recovery.RecoveredTask waited = recovery.tasks().get(1);
      if (waited.handle().isPresent()) {
        var _ = waited.handle().get().join();
      }
      return waited.fate();
    }
  }

  private static boolean holds(Path folder, String text) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      for (Path file : files.toList()) {
        if (new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1).contains(text)) {
          return true;
        }
      }
    }
    return false;
  }

  private static List<byte[]> payloads(Path folder) {
    var header = new MessageHeaderDecoder();
    List<byte[]> payloads = new ArrayList<>();
    try (JournalReader reader = JournalReader.of(folder)) {
      while (reader.next()) {
        header.wrap(reader.buffer(), reader.offset());
        if (header.templateId() == CallKeptDecoder.TEMPLATE_ID) {
          var call = new CallKeptDecoder();
          call.wrapAndApplyHeader(reader.buffer(), reader.offset(), header);
          String _ = call.handler();
          byte[] payload = new byte[call.payloadLength()];
          int _ = call.getPayload(payload, 0, payload.length);
          payloads.add(payload);
        }
      }
    }
    return payloads;
  }

  private static Codec<String> sealed(int key) {
    var secret =
        new SecretKeySpec(
            new byte[] {(byte) key, 1, 2, 3, 4, 5, 6, 7, 8, 9, 0, 1, 2, 3, 4, 5}, "AES");
    return Codec.UTF_8.sealed(
        bytes -> {
          byte[] nonce = new byte[NONCE];
          new SecureRandom().nextBytes(nonce);
          byte[] sealed = aes(Cipher.ENCRYPT_MODE, secret, nonce, bytes, 0);
          byte[] both = Arrays.copyOf(nonce, NONCE + sealed.length);
          System.arraycopy(sealed, 0, both, NONCE, sealed.length);
          return both;
        },
        both -> aes(Cipher.DECRYPT_MODE, secret, Arrays.copyOf(both, NONCE), both, NONCE));
  }

  private static byte[] aes(int mode, SecretKeySpec key, byte[] nonce, byte[] bytes, int from) {
    try {
      Cipher cipher = Cipher.getInstance("AES/GCM/NoPadding");
      cipher.init(mode, key, new GCMParameterSpec(128, nonce));
      return cipher.doFinal(bytes, from, bytes.length - from);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }
}
