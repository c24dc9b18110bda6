package io.headgate.journal;

import static org.assertj.core.api.Assertions.assertThat;

import io.headgate.admission.Reservation;
import io.headgate.admission.Trial;
import io.headgate.engine.Ending;
import io.headgate.engine.Engine;
import io.headgate.journal.sbe.RunStartedDecoder;
import io.headgate.simulation.RecordedSeed;
import java.util.ArrayList;
import java.util.List;
import org.agrona.concurrent.UnsafeBuffer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What the swarm draws, with its faults and its operators, is decided again from its records. */
@Timeout(600)
class RecordedSwarmTest {
  private static final long FIRST = 88_000_000;
  private static final int SEEDS = Integer.getInteger("headgate.recorded.seeds", 60);

  @Test
  void eachSeedIsDecidedAgain() {
    long decisions = 0;
    for (long seed = FIRST; seed < FIRST + SEEDS; seed++) {
      decisions += assertDecidedAgain(seed);
    }
    assertThat(decisions).isGreaterThan(20L * SEEDS);
  }

  // Answers how many decisions there were.
  static long assertDecidedAgain(long seed) {
    List<UnsafeBuffer> records = new ArrayList<>();
    var encoder =
        new RecordEncoder(
            (record, length) -> {
              var copy = new UnsafeBuffer(new byte[length]);
              copy.putBytes(0, record, 0, length);
              records.add(copy);
            });
    RecordedSeed.End end =
        RecordedSeed.fly(
            seed,
            (settings, engineSeed) -> {
              encoder.runStarted(0, 0, engineSeed, settings, "test");
              return encoder;
            });
    assertThat(end.violation()).as("seed " + seed).isNull();
    var again = new Again();
    var replay = new Replay(again, again);
    for (UnsafeBuffer record : records) {
      replay.apply(record, 0);
    }
    replay.engine().advance(end.nowNs());
    assertThat(replay.engine().digest()).as("seed " + seed + "'s digest").isEqualTo(end.digest());
    assertThat(again.now).as("seed " + seed + "'s decisions").isEqualTo(again.then);
    return again.now.size();
  }

  private static final class Again extends QuietEffects implements Replay.Facts {
    final List<String> then = new ArrayList<>();
    final List<String> now = new ArrayList<>();

    @Override
    public void start(
        Reservation task, int attempt, long nowNs, long deadlineNs, @Nullable Trial trial) {
      now.add("start " + task.taskId() + " " + attempt + " " + task.rung() + " " + nowNs);
    }

    @Override
    public void end(Reservation task, Ending ending, boolean waiting, long nowNs, long ranNs) {
      super.end(task, ending, waiting, nowNs, ranNs);
      now.add("end " + task.taskId() + " " + ending + " " + nowNs + " " + ranNs);
    }

    @Override
    public void started(long task, int attempt, int rung, long stampNs, long deadlineNs) {
      then.add("start " + task + " " + attempt + " " + rung + " " + stampNs);
    }

    @Override
    public void ended(long task, Ending ending, long stampNs, long ranNs) {
      then.add("end " + task + " " + ending + " " + stampNs + " " + ranNs);
    }

    @Override
    public void runStarted(RunStartedDecoder run, Engine engine) {}

    @Override
    public void digest(long stampNs, long digest) {}

    @Override
    public void runEnded(long stampNs, long digest) {}
  }
}
