package io.headgate.journal;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.headgate.By;
import io.headgate.Estimate;
import io.headgate.OperatorWord;
import io.headgate.admission.EarlierCall;
import io.headgate.recovery.Past.PastBreaker;
import io.headgate.recovery.Past.PastHold;
import io.headgate.recovery.Past.PastTarget;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * All that a {@link PastFold} knows, to be written down as JSON. Evolves by adding: what is missing
 * is null or 0, what is not known is left out. Settings are texts, as {@link SettingsJson} writes
 * them. Times of day are in nanoseconds since 1970.
 *
 * @param sequence the number of the last record that is in it
 * @param run the present one
 * @param epochMinusNs what turns its times into times of day
 * @param halted whether its Headgate is being shut down
 * @param settings by number
 * @param agents ids by number
 * @param targets likewise
 * @param declared jobs by number, opened or not
 * @param jobs that have not been retired, in the order of their opening
 * @param tasks that have not ended, or whose attempts have not, in the order of their admission
 * @param closedIds until when which ids may not be used
 * @param useOfAll what all agents together used of their limits
 * @param useOf likewise of each agent
 * @param writers targets whose calls change what others read
 * @param breakers that have opened of late
 * @param cutOffs when agents were cut off from targets
 * @param learned of targets
 * @param holds of operators
 * @param words of operators that hold for a time
 */
record PastImage(
    long sequence,
    long run,
    long epochMinusNs,
    boolean halted,
    Map<Integer, OfSettings> settings,
    Map<Integer, String> agents,
    Map<Integer, String> targets,
    Map<Long, OfDeclared> declared,
    List<OfJob> jobs,
    List<OfTask> tasks,
    Map<String, Long> closedIds,
    @Nullable OfUse useOfAll,
    @Nullable Map<String, OfUse> useOf,
    @Nullable List<String> writers,
    @Nullable List<PastBreaker> breakers,
    @Nullable Map<String, List<Long>> cutOffs,
    @Nullable List<PastTarget> learned,
    @Nullable List<PastHold> holds,
    @Nullable List<OfWord> words) {
  /** Settings of a {@link SettingsKind}. */
  record OfSettings(int kind, String json) {}

  /** As a {@link UseFold} knows it. */
  record OfUse(long rate, long tokens, long moneyNanos, double missing, long atNs) {}

  /** What an operator said. */
  record OfWord(long atNs, String verb, String subject, String change, String who, String why) {
    static OfWord of(OperatorWord word) {
      return new OfWord(
          ChronoUnit.NANOS.between(Instant.EPOCH, word.at()),
          word.verb(),
          word.subject(),
          word.change(),
          word.by().who(),
          word.by().why());
    }

    OperatorWord word() {
      Instant at = Instant.ofEpochSecond(0, atNs);
      return new OperatorWord(at, verb, subject, change, new By(who, why), true);
    }
  }

  /** A job that is declared; what it carries comes with its opening. */
  record OfDeclared(
      String id,
      long parent,
      String asked,
      long deadlineNs,
      long tokens,
      long moneyNanos,
      long calls,
      boolean begun) {}

  /**
   * A job.
   *
   * @param number in the present run; 0 if it is of one before
   */
  record OfJob(
      long number,
      String id,
      @Nullable String parent,
      String asked,
      String settings,
      long deadlineNs,
      boolean closed,
      long tokens,
      long moneyNanos,
      long calls,
      boolean begun,
      @Nullable List<EarlierCall> earlier) {}

  /**
   * A task, or a second attempt of one.
   *
   * @param number in the present run; -1 if it is of one before
   * @param hedgeOf whose second attempt it is, by its number; -1 of none
   * @param isAlive whether it is to be recovered
   * @param overAtNs the deadline of its job, if that is over; 0 if it is open
   */
  record OfTask(
      long number,
      long run,
      long task,
      String job,
      String agent,
      String target,
      long hedgeOf,
      @Nullable String handler,
      int kind,
      @Nullable String payload,
      long marks,
      long arguments,
      long inputTokens,
      long outputTokens,
      long moneyNanos,
      long startByNs,
      long admittedNs,
      int inFlight,
      boolean inDoubt,
      boolean ended,
      boolean isAlive,
      long overAtNs,
      @Nullable Estimate estimate,
      int attempts,
      long parkedNs,
      int parkedFor,
      boolean asked) {}

  private static final JsonMapper MAPPER =
      JsonMapper.builder().disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES).build();

  byte[] json() {
    try {
      return MAPPER.writeValueAsBytes(this);
    } catch (JsonProcessingException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * Reads what {@link #json} made.
   *
   * @throws UncheckedIOException if it is none of that
   */
  static PastImage read(byte[] json) {
    try {
      return MAPPER.readValue(json, PastImage.class);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
