package io.headgate.journal;

import io.headgate.admission.AgentGate;
import io.headgate.admission.Reservation;
import io.headgate.admission.TargetGate;
import io.headgate.admission.Trial;
import io.headgate.engine.BreakerMemory;
import io.headgate.engine.Ending;
import io.headgate.engine.Engine;
import io.headgate.journal.sbe.GapDecoder;
import io.headgate.journal.sbe.RunStartedDecoder;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/**
 * What came of running a journal's inputs through an engine again.
 *
 * @param records that are sound
 * @param runs Headgates that wrote it, one after the other
 * @param inputs of their engines
 * @param facts starts of attempts and ends of tasks that were found again
 * @param digests that were found again
 * @param gaps in which records are missing, since the journal could not be written
 * @param untold records after a gap, of which nobody can say whether they are right
 * @param endedInOrder whether the last run was closed, and not cut off
 * @param mismatch the first that differs, with both sides; null if all is as it was
 */
public record Verification(
    long records,
    long runs,
    long inputs,
    long facts,
    long digests,
    long gaps,
    long untold,
    boolean endedInOrder,
    @Nullable String mismatch) {

  /** The schema's version from which on turns of breakers are on record. */
  private static final int TURNS_SINCE = 3;

  /** Whether every decision is as it was. */
  public boolean isSound() {
    return mismatch == null;
  }

  /**
   * Reads all that is there now.
   *
   * @throws IllegalArgumentException if there is no journal
   */
  public static Verification of(Path folder) {
    return of(folder, record -> {});
  }

  /**
   * The same.
   *
   * @param progress hears of each record's number when it is read
   */
  public static Verification of(Path folder, LongConsumer progress) {
    try (JournalReader reader = JournalReader.of(folder)) {
      return new Verifier(reader).verify(progress);
    }
  }

  private record Fact(String what, long task, int of, int rung, long atNs, long ns) {
    @Override
    public String toString() {
      return what + " of task " + task + " (" + of + ", " + rung + ") at " + atNs + ", " + ns;
    }
  }

  private record Turn(String target, @Nullable String agent, BreakerMemory memory, long atNs) {}

  private static final class Verifier extends QuietEffects implements Replay.Facts {
    private final JournalReader reader;
    private final Replay replay = new Replay(this, this);

    // What was decided now and not yet found in the journal.
    private final Deque<Record> decided = new ArrayDeque<>();
    private boolean tellsTurns;
    private long runs;
    private long facts;
    private long digests;
    private long gaps;
    private long untold;
    private boolean ended = true;
    private @Nullable String mismatch;

    Verifier(JournalReader reader) {
      this.reader = reader;
    }

    Verification verify(LongConsumer progress) {
      try {
        while (mismatch == null && reader.next()) {
          progress.accept(reader.sequence());
          replay.apply(reader.buffer(), reader.offset());
        }
      } catch (JournalDamagedException e) {
        mismatch = e.getMessage();
      } catch (IllegalStateException | AssertionError e) {
        differs("the engine cannot follow: " + e.getMessage());
      }
      return new Verification(
          reader.sequence(), runs, replay.inputs(), facts, digests, gaps, untold, ended, mismatch);
    }

    private void differs(String how) {
      if (mismatch == null) {
        mismatch = "at record " + reader.sequence() + ": " + how;
      }
    }

    private boolean isFound(Record then, long atNs) {
      if (decided.isEmpty()) {
        replay.engine().advance(atNs);
      }
      if (decided.isEmpty()) {
        // By a timer of that very time: then that was over before the next input came.
        replay.engine().advance(atNs + 1);
      }
      Record now = decided.poll();
      if (!then.equals(now)) {
        differs("then " + then + "; now " + (now == null ? "nothing" : now));
      }
      return then.equals(now);
    }

    private void found(Fact then) {
      facts += isFound(then, then.atNs()) ? 1 : 0;
    }

    @Override
    public void runStarted(RunStartedDecoder run, Engine engine) {
      // Of a run that was cut off, what it had not written yet is decided now.
      decided.clear();
      tellsTurns = run.actingVersion() >= TURNS_SINCE;
      runs++;
      ended = false;
    }

    @Override
    public void started(long task, int attempt, int rung, long stampNs, long deadlineNs) {
      found(new Fact("start", task, attempt, rung, stampNs, deadlineNs));
    }

    @Override
    public void ended(long task, Ending ending, long stampNs, long ranNs) {
      found(new Fact("end", task, ending.ordinal(), 0, stampNs, ranNs));
    }

    @Override
    public void gap(GapDecoder gap) {
      gaps++;
    }

    @Override
    public void untold() {
      untold++;
    }

    @Override
    public void endedUntold() {
      ended = true;
    }

    @Override
    public void turned(
        TargetGate target, @Nullable AgentGate agent, BreakerMemory memory, long stampNs) {
      boolean _ = isFound(turn(target, agent, memory, stampNs), stampNs);
    }

    @Override
    public void breakerTurned(
        TargetGate target, @Nullable AgentGate agent, BreakerMemory memory, long nowNs) {
      if (tellsTurns) {
        decided.add(turn(target, agent, memory, nowNs));
      }
    }

    private static Turn turn(
        TargetGate target, @Nullable AgentGate agent, BreakerMemory memory, long atNs) {
      return new Turn(target.id(), agent == null ? null : agent.id(), memory, atNs);
    }

    @Override
    public void digest(long stampNs, long digest) {
      Engine engine = replay.engine();
      engine.advance(stampNs);
      if (engine.digest() != digest || engine.nowNs() != stampNs) {
        differs(
            "then digest %016x at %d; now %016x at %d"
                .formatted(digest, stampNs, engine.digest(), engine.nowNs()));
      }
      digests++;
    }

    @Override
    public void runEnded(long stampNs, long digest) {
      digest(stampNs, digest);
      if (!decided.isEmpty()) {
        differs("then nothing more; now " + decided.peek());
      }
      ended = true;
    }

    @Override
    public void start(
        Reservation task, int attempt, long nowNs, long deadlineNs, @Nullable Trial trial) {
      decided.add(new Fact("start", task.taskId(), attempt, task.rung(), nowNs, deadlineNs));
    }

    @Override
    public void end(Reservation task, Ending ending, boolean waiting, long nowNs, long ranNs) {
      super.end(task, ending, waiting, nowNs, ranNs);
      decided.add(new Fact("end", task.taskId(), ending.ordinal(), 0, nowNs, ranNs));
    }
  }
}
