package io.headgate;

import static org.assertj.core.api.Assertions.assertThat;

import io.headgate.DegradationPolicy.Rung;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import jdk.jfr.Recording;
import jdk.jfr.consumer.RecordingFile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A fall beside a call that does not end is told apart from one after a call that failed. */
@Timeout(60)
final class FallBesideTest {
  @TempDir Path directory;

  @Test
  void isToldByListenerRecordingAndCounters() throws Exception {
    List<HeadgateEvent> events = new CopyOnWriteArrayList<>();
    Path file = directory.resolve("events.jfr");
    Map<String, Long> counters;
    try (Recording recording = new Recording()) {
      recording.start();
      counters = work(events);
      recording.stop();
      recording.dump(file);
    }
    assertThat(events.stream().filter(HeadgateEvent.Fall.class::isInstance))
        .extracting(e -> ((HeadgateEvent.Fall) e).beside())
        .containsExactly(false, true);
    assertThat(events).noneMatch(HeadgateEvent.Hedge.class::isInstance);
    assertThat(
            RecordingFile.readAllEvents(file).stream()
                .filter(event -> event.getEventType().getName().equals("io.headgate.Fall")))
        .extracting(event -> event.getBoolean("beside"))
        .containsExactly(false, true);
    assertThat(counters)
        .containsEntry("falls", 2L)
        .containsEntry("fellBeside", 1L)
        .containsEntry("answeredBeside", 1L)
        .containsEntry("hedges", 0L)
        .containsEntry("hedgesWon", 0L);
  }

  private static Map<String, Long> work(List<HeadgateEvent> events) throws InterruptedException {
    var release = new CountDownLatch(1);
    Counters counters;
    try (var headgate = Headgate.builder().listener((event, lost) -> events.add(event)).build()) {
      counters = headgate.counters();
      Agent agent = headgate.agent("agent");
      DegradationPolicy two = DegradationPolicy.of(Rung.of("large", 100), Rung.of("small", 20));
      Target target =
          headgate.target("model", t -> t.degradation(two).timeout(Duration.ofSeconds(1)));
      try (Job job = headgate.job(j -> j)) {
        Call<Integer> failing =
            attempt -> {
              if (attempt.rung() == 0) {
                throw new IOException("reset");
              }
              return attempt.rung();
            };
        assertThat(job.submitOrThrow(Task.of(agent, target, failing)).join())
            .isEqualTo(new Outcome.Completed<>(1, 1));
        Call<Integer> deaf =
            attempt -> {
              if (attempt.rung() == 0) {
                awaitUninterruptibly(release);
              }
              return attempt.rung();
            };
        assertThat(job.submitOrThrow(Task.of(agent, target, deaf)).join())
            .isEqualTo(new Outcome.Completed<>(1, 1));
        Snapshot snapshot = headgate.snapshot();
        for (var parties : List.of(snapshot.agents(), snapshot.targets())) {
          assertThat(parties.get(0).fellBeside()).isEqualTo(1);
          assertThat(parties.get(0).answeredBeside()).isEqualTo(1);
          assertThat(parties.get(0).hedges()).isZero();
        }
      } finally {
        release.countDown();
      }
    }
    return counters.asMap();
  }

  private static void awaitUninterruptibly(CountDownLatch latch) {
    while (true) {
      try {
        latch.await();
        return;
      } catch (InterruptedException e) {
        // deaf on purpose
      }
    }
  }
}
