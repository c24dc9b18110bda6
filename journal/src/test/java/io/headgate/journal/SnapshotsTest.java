package io.headgate.journal;

import static org.assertj.core.api.Assertions.assertThat;

import io.headgate.Admitted;
import io.headgate.Agent;
import io.headgate.Codec;
import io.headgate.Handler;
import io.headgate.Headgate;
import io.headgate.HedgePolicy;
import io.headgate.Job;
import io.headgate.Outcome;
import io.headgate.Target;
import io.headgate.Task;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A snapshot and the records after it say what all records say. */
@Timeout(120)
class SnapshotsTest {
  @TempDir Path folder;

  private volatile boolean hedged;

  private static PastFold all(Path folder, long until) {
    var fold = new PastFold();
    try (JournalReader reader = JournalReader.of(folder)) {
      while (reader.sequence() < until && reader.next()) {
        fold.apply(reader.buffer(), reader.offset());
      }
    }
    return fold;
  }

  private static long records(Path folder) {
    return JournalReader.lastSequence(folder);
  }

  @Test
  void wheneverItIsTaken() throws Exception {
    long _ = RecordedHost.run(folder, 2, 12);
    long last = records(folder);
    assertThat(last).isGreaterThan(500);
    assertSameFromEach(folder, 97);
  }

  /** Every so many records a snapshot is taken, from which on the rest gives what all give. */
  static void assertSameFromEach(Path folder, long step) {
    long last = records(folder);
    PastImage whole = all(folder, last).image(last);
    for (long at = 1; at < last; at += step) {
      PastFold fold = all(folder, at);
      if (!fold.isWhole()) {
        continue; // none is taken there
      }
      PastImage image = fold.image(at);
      PastFold again = PastFold.of(PastImage.read(image.json()));
      assertThat(again.image(at)).as("after record %s", at).isEqualTo(image);
      try (JournalReader reader = JournalReader.after(folder, at)) {
        while (reader.next()) {
          again.apply(reader.buffer(), reader.offset());
        }
        assertThat(reader.sequence()).isEqualTo(last);
      }
      assertThat(again.image(last)).as("from record %s on", at).isEqualTo(whole);
    }
  }

  @Test
  void theNewestThatIsWholeCounts() throws Exception {
    long _ = RecordedHost.run(folder, 1, 2);
    long last = records(folder);
    for (long at : List.of(last / 4, last / 3, last / 2)) {
      Snapshots.write(folder, all(folder, at).image(at));
    }
    assertThat(facts()).hasSize(2);
    assertThat(Snapshots.latest(folder).sequence()).isEqualTo(last / 2);
    Path newest = facts().getLast();
    byte[] bytes = Files.readAllBytes(newest);
    for (int at : new int[] {0, 20, 30, bytes.length / 2, bytes.length - 1}) {
      byte[] flipped = bytes.clone();
      flipped[at] ^= 4;
      Files.write(newest, flipped);
      assertThat(Snapshots.latest(folder).sequence()).isEqualTo(last / 3);
    }
    Files.write(newest, new byte[0]);
    assertThat(Snapshots.latest(folder).sequence()).isEqualTo(last / 3);
    assertThat(PastReader.read(folder, last)).isEqualTo(all(folder, last).past());
    assertThat(Snapshots.latest(folder).sequence()).isEqualTo(last);
  }

  @Test
  void oneOfRecordsThatAreNotThereIsNotBelieved() throws Exception {
    long _ = RecordedHost.run(folder, 1, 2);
    long last = records(folder);
    Snapshots.write(folder, all(folder, last).image(last + 1_000)); // the disk had it before them
    long _ = RecordedHost.run(folder, 1, 4);
    long _ = RecordedHost.run(folder, 1, 1);
    long now = records(folder);
    assertThat(PastReader.read(folder, now)).isEqualTo(all(folder, now).past());
  }

  /** Between a call and the task that it is of, nobody may stop. */
  @Test
  void aCallAndItsTaskAreNotTornApart() throws Exception {
    Handler<String, String> handler =
        Handler.<String, String>of("ask", Codec.UTF_8, (attempt, question) -> question)
            .payload(Handler.Payload.FULL);
    try (Headgate headgate =
        Headgate.builder().journal(FolderJournal.in(folder)).handler(handler).build()) {
      Task<String> task =
          Task.of(headgate.agent("agent"), headgate.target("model"), handler.call("why?"));
      assertThat(headgate.job("job", j -> j).submitOrThrow(task).join()).isNotNull();
    }
    long last = records(folder);
    long apart = 0;
    for (long at = 1; at <= last; at++) {
      apart += all(folder, at).isWhole() ? 0 : 1;
    }
    assertThat(apart).isEqualTo(1);
  }

  private List<Path> facts() throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files.filter(file -> file.toString().endsWith(".facts")).sorted().toList();
    }
  }

  @Test
  void aSecondAttemptThatGoesOnAfterTheFirstHasAnsweredIsNoCallOfItsOwn() throws Exception {
    try (Headgate headgate = Headgate.builder().journal(FolderJournal.in(folder)).build()) {
      Agent agent = headgate.agent("agent");
      Target target =
          headgate.target(
              "target",
              t -> t.hedge(HedgePolicy.DEFAULT.minCalls(1).minDelay(Duration.ofMillis(1))));
      Job job = headgate.job("job", j -> j);
      for (int i = 0; i < 200; i++) { // which pay for second attempts
        var _ = job.submitOrThrow(Task.<Integer>of(agent, target, _ -> 1).idempotent(true)).join();
      }
      for (int i = 0; i < 5; i++) {
        var calls = new AtomicInteger();
        var second = new CountDownLatch(1);
        var answered = new CountDownLatch(1);
        Admitted<Integer> handle =
            job.submitOrThrow(
                Task.<Integer>of(
                        agent,
                        target,
                        _ -> {
                          if (calls.incrementAndGet() == 1) {
                            hedged |= second.await(2, TimeUnit.SECONDS);
                            return 1;
                          }
                          second.countDown();
                          deafAwait(answered);
                          return 2;
                        })
                    .idempotent(true)
                    .arguments(4_711 + i));
        assertThat(handle.join()).isInstanceOf(Outcome.Completed.class);
        answered.countDown();
      }
    }
    assertThat(hedged).isTrue();
    assertSameFromEach(folder, 7);
  }

  private static void deafAwait(CountDownLatch latch) {
    while (latch.getCount() > 0) {
      try {
        latch.await();
      } catch (InterruptedException _) {
        // it does not stop
      }
    }
  }
}
