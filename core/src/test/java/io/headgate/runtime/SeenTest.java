package io.headgate.runtime;

import static io.headgate.runtime.Scene.BESIDE;
import static io.headgate.runtime.Scene.BREAKER;
import static io.headgate.runtime.Scene.BURN;
import static io.headgate.runtime.Scene.CONCURRENCY;
import static io.headgate.runtime.Scene.ENDS;
import static io.headgate.runtime.Scene.ERRORS;
import static io.headgate.runtime.Scene.ESTIMATES;
import static io.headgate.runtime.Scene.HEDGE;
import static io.headgate.runtime.Scene.HOLD;
import static io.headgate.runtime.Scene.JOIN;
import static io.headgate.runtime.Scene.LADDER;
import static io.headgate.runtime.Scene.LADDER_UP;
import static io.headgate.runtime.Scene.LEVEL;
import static io.headgate.runtime.Scene.LIMITS;
import static io.headgate.runtime.Scene.LOOP;
import static io.headgate.runtime.Scene.OVERRUN;
import static io.headgate.runtime.Scene.PACE;
import static io.headgate.runtime.Scene.PARK;
import static io.headgate.runtime.Scene.PATIENCE;
import static io.headgate.runtime.Scene.PAUSE;
import static io.headgate.runtime.Scene.QUEUE;
import static io.headgate.runtime.Scene.RETRY;
import static io.headgate.runtime.Scene.SLOW_LISTENER;
import static io.headgate.runtime.Scene.USAGE;
import static io.headgate.runtime.Scene.WRAP_UP;
import static java.time.Duration.ZERO;
import static java.time.Duration.ofHours;
import static java.time.Duration.ofMillis;
import static java.time.Duration.ofMinutes;
import static java.time.Duration.ofSeconds;
import static java.util.stream.Collectors.joining;
import static java.util.stream.Collectors.toSet;
import static org.assertj.core.api.Assertions.assertThat;

import io.headgate.AgentSettings;
import io.headgate.AlertKind;
import io.headgate.CallClass;
import io.headgate.HeadgateEvent;
import io.headgate.HeadgateSettings;
import io.headgate.JobSettings;
import io.headgate.ParkPolicy.Action;
import io.headgate.ParkReason;
import io.headgate.Priority;
import io.headgate.Refusal;
import io.headgate.SpendingLimits;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import jdk.jfr.EventType;
import jdk.jfr.FlightRecorder;
import jdk.jfr.Name;
import jdk.jfr.Recording;
import jdk.jfr.ValueDescriptor;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordingFile;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Every kind of event that a listener may hear of, every type of JFR event, and every counter is
 * seen in a {@link Scene}, with its values. One that is new, and is not in a table here, fails.
 */
@Timeout(60)
class SeenTest {
  private record Seen(
      List<HeadgateEvent> heard,
      List<String> recorded,
      Map<String, Long> counters,
      Map<String, Long> countersThen) {}

  /** In a scene, all events of one kind, in any order. */
  private record Heard(Scene scene, List<HeadgateEvent> events) {
    @Override
    public String toString() {
      return scene + " " + events.getFirst().getClass().getSimpleName();
    }
  }

  /** Likewise all JFR events of one type: its name without io.headgate, and its own fields. */
  private record Recorded(Scene scene, List<String> events) {
    String type() {
      return typeOf(events.getFirst());
    }

    @Override
    public String toString() {
      return scene + " " + type();
    }
  }

  /** A counter at the end of a scene or, if {@code then}, at a moment in it. */
  private record Counted(Scene scene, Counter counter, long value, boolean then) {}

  private static final Map<Scene, Seen> SEEN = new EnumMap<>(Scene.class);

  /** In place of a duration that chance decides. */
  private static final Duration SOME = Duration.ofNanos(1);

  @TempDir static Path directory;

  // ---- what is to be seen

  private static final SpendingLimits LIMITED = SpendingLimits.NONE.tokens(7_000);

  private static Stream<Heard> heard() {
    return Stream.of(
        heard(
            ENDS,
            ended(5, "job", "Completed", ZERO, ZERO),
            ended(7, "job", "Failed", ZERO, ZERO),
            ended(9, "small", "CutOff", ZERO, ZERO),
            ended(11, "job", "TimedOut", ZERO, ofSeconds(5)),
            ended(12, "job", "Expired", ofSeconds(2), ZERO),
            ended(13, "job", "Cancelled", ofMillis(10), ZERO)),
        heard(
            ENDS,
            new HeadgateEvent.JobChange("job", true),
            new HeadgateEvent.JobChange("small", true),
            new HeadgateEvent.JobChange("small", false),
            new HeadgateEvent.JobChange("job", false)),
        heard(ENDS, new HeadgateEvent.Refusals(Map.of(Refusal.JOB_CLOSED, 1L))),
        heard(
            RETRY,
            new HeadgateEvent.Retry(3, "job", "agent", "model", CallClass.UNAVAILABLE, SOME)),
        heard(
            HEDGE,
            new HeadgateEvent.Hedge(43, "job", "agent", "model", false),
            new HeadgateEvent.Hedge(43, "job", "agent", "model", true)),
        heard(
            BREAKER,
            new HeadgateEvent.Breaker("model", 0, "", "OPEN", SOME),
            new HeadgateEvent.Breaker("model", 0, "", "HALF_OPEN", ZERO),
            new HeadgateEvent.Breaker("model", 0, "", "CLOSED", ZERO)),
        heard(
            LADDER,
            new HeadgateEvent.Breaker("model", 0, "", "OPEN", SOME),
            new HeadgateEvent.Breaker("model", 1, "", "OPEN", SOME)),
        heard(
            LADDER,
            new HeadgateEvent.Rung("model", 1, "small"),
            new HeadgateEvent.Rung("model", 2, "sorry")),
        heard(
            LADDER_UP,
            new HeadgateEvent.Rung("model", 1, "small"),
            new HeadgateEvent.Rung("model", 0, "large")),
        heard(
            BESIDE,
            new HeadgateEvent.Fall(3, "job", "agent", "model", CallClass.TIMED_OUT, 1, true)),
        heard(
            PAUSE,
            new HeadgateEvent.Pause("model", ofMinutes(1)),
            new HeadgateEvent.Pause("model", ZERO)),
        heard(PARK, parked(3), parked(4)),
        heard(
            PARK,
            new HeadgateEvent.Unparked(3, "job", "agent", "tool", Action.RUN, "OPERATOR"),
            new HeadgateEvent.Unparked(4, "job", "agent", "tool", Action.REFUSE, "TIME")),
        heard(
            PARK,
            operated("approve", "task 3", "kim", "to see", true),
            operated("approve", "task 4711", "kim", "to see", false),
            operated("refuse", "task 4", "headgate", "nobody decided in time", true)),
        heard(
            HOLD,
            said("pause", "agent agent"),
            said("pause", "target model"),
            said("drain", "all"),
            operated("resume", "agent agent", "headgate", "its time is over", true),
            operated("resume", "target model", "headgate", "its time is over", true),
            operated("resume", "all", "headgate", "its time is over", true)),
        heard(
            BURN,
            new HeadgateEvent.BurnRate("agent", true, 2_400, 399),
            new HeadgateEvent.BurnRate("agent", false, 0, 527)),
        heard(
            USAGE,
            new HeadgateEvent.UsageMissing("model", true),
            new HeadgateEvent.UsageMissing("model", false)),
        heard(PACE, new HeadgateEvent.LimitLearned("model", 49, false)),
        heard(
            CONCURRENCY,
            new HeadgateEvent.ConcurrencyLimit("model", 5),
            new HeadgateEvent.ConcurrencyLimit("model", Integer.MAX_VALUE)),
        heard(
            LEVEL,
            new HeadgateEvent.AdmissionLevel("model", Priority.NORMAL, 0.1806640625),
            new HeadgateEvent.AdmissionLevel("model", Priority.BACKGROUND, 0.3623046875),
            new HeadgateEvent.AdmissionLevel("model", Priority.BACKGROUND, 1)),
        heard(
            QUEUE,
            new HeadgateEvent.Alert("model", AlertKind.QUEUE_STANDS, true),
            new HeadgateEvent.Alert("model", AlertKind.QUEUE_STANDS, false)),
        heard(LIMITS, limitsChanged(256, 10_000_000), limitsChanged(3, 700)),
        heard(LIMITS, new HeadgateEvent.JobReconfigured("job", JobSettings.DEFAULT.maxCalls(7))),
        heard(OVERRUN, new HeadgateEvent.Overrun(3, "tool", 1)),
        heard(
            OVERRUN,
            new HeadgateEvent.TargetGate("tool", false, "TARGET_OVERRUN"),
            new HeadgateEvent.TargetGate("tool", true, "TARGET_OVERRUN")),
        heard(LOOP, new HeadgateEvent.JobLoopedOut("job", 2)),
        heard(LOOP, new HeadgateEvent.Refusals(Map.of(Refusal.LOOP, 2L))),
        heard(
            ESTIMATES,
            new HeadgateEvent.EstimateLearned("model", "agent", 71, 10),
            new HeadgateEvent.EstimateLearned("model", "", 71, 10)),
        heard(WRAP_UP, new HeadgateEvent.WrapUp(5, "job", "agent", "model")));
  }

  private static Stream<Recorded> recorded() {
    return Stream.of(
        recorded(
            ENDS,
            "Attempt task=5 number=1 job=job agent=agent target=model end=RETURNED",
            "Attempt task=7 number=1 job=job agent=agent target=model end=THREW",
            "Attempt task=9 number=1 job=small agent=agent target=model end=RETURNED",
            "Attempt task=11 number=1 job=job agent=agent target=model end=THREW"),
        recorded(
            ENDS,
            "Job job=job open=true",
            "Job job=small open=true",
            "Job job=small open=false",
            "Job job=job open=false"),
        recorded(
            ENDS,
            "Registration what=target id=model change=registered",
            "Registration what=target id=model change=reconfigured",
            "Registration what=agent id=agent change=registered",
            "Registration what=agent id=agent change=removed"),
        recorded(ENDS, "Refusal reason=JOB_CLOSED retryAfter=0 job=small agent=agent target=model"),
        recorded(ENDS, "Refusals reason=JOB_CLOSED count=1"),
        recorded(RETRY, "Retry task=3 agent=agent target=model callClass=UNAVAILABLE"),
        recorded(
            HEDGE,
            "Hedge task=43 agent=agent target=model won=false",
            "Hedge task=43 agent=agent target=model won=true"),
        recorded(
            BREAKER,
            "Breaker target=model rung=0 agent= state=OPEN",
            "Breaker target=model rung=0 agent= state=HALF_OPEN",
            "Breaker target=model rung=0 agent= state=CLOSED"),
        recorded(
            LADDER,
            "Breaker target=model rung=0 agent= state=OPEN",
            "Breaker target=model rung=1 agent= state=OPEN"),
        recorded(
            LADDER,
            "Rung target=model rung=1 rungName=small",
            "Rung target=model rung=2 rungName=sorry"),
        recorded(
            BESIDE,
            "Fall task=3 agent=agent target=model callClass=TIMED_OUT toRung=1 beside=true"),
        recorded(PAUSE, "Pause target=model paused=true", "Pause target=model paused=false"),
        recorded(
            PARK,
            "Park task=3 agent=agent target=tool cause=ASK_FIRST",
            "Park task=4 agent=agent target=tool cause=ASK_FIRST",
            "Park task=3 agent=agent target=tool cause=OPERATOR",
            "Park task=4 agent=agent target=tool cause=TIME"),
        recorded(
            PARK,
            "Operator verb=approve subject=task 3 change= who=kim why=to see done=true",
            "Operator verb=approve subject=task 4711 change= who=kim why=to see done=false",
            "Operator verb=refuse subject=task 4 change= who=headgate"
                + " why=nobody decided in time done=true"),
        recorded(
            BURN,
            "BurnRate agent=agent burning=true tokens=2400 usual=399",
            "BurnRate agent=agent burning=false tokens=0 usual=527"),
        recorded(
            USAGE,
            "UsageMissing target=model missing=true",
            "UsageMissing target=model missing=false"),
        recorded(PACE, "LimitLearned target=model perMinute=49 ofTokens=false"),
        recorded(
            CONCURRENCY,
            "ConcurrencyLimit target=model permits=5",
            "ConcurrencyLimit target=model permits=2147483647"),
        recorded(
            LEVEL,
            "AdmissionLevel target=model lowest=NORMAL share=0.1806640625",
            "AdmissionLevel target=model lowest=BACKGROUND share=0.3623046875",
            "AdmissionLevel target=model lowest=BACKGROUND share=1.0"),
        recorded(
            QUEUE,
            "Alert target=model kind=QUEUE_STANDS on=true did=the newest jobs begin first",
            "Alert target=model kind=QUEUE_STANDS on=false did=the newest jobs begin first"),
        recorded(LIMITS, limitsRecorded(256, 10_000_000), limitsRecorded(3, 700)),
        recorded(OVERRUN, "Overrun task=3 target=tool running=1"),
        recorded(
            OVERRUN,
            "TargetGate target=tool open=false reason=TARGET_OVERRUN",
            "TargetGate target=tool open=true reason=TARGET_OVERRUN"),
        recorded(LOOP, "JobLoopedOut job=job loops=2"),
        recorded(
            ESTIMATES,
            "EstimateLearned target=model agent=agent outputTokens=71 calls=10",
            "EstimateLearned target=model agent= outputTokens=71 calls=10"),
        recorded(WRAP_UP, "WrapUp task=5 job=job agent=agent target=model"));
  }

  private static Stream<Counted> counted() {
    return Stream.of(
        atEnd(ENDS, Counter.ADMITTED, 6),
        atEnd(ENDS, Counter.REFUSED, 1),
        atEnd(ENDS, Counter.STARTED, 4),
        atEnd(ENDS, Counter.COMPLETED, 1),
        atEnd(ENDS, Counter.FAILED, 1),
        atEnd(ENDS, Counter.TIMED_OUT, 1),
        atEnd(ENDS, Counter.EXPIRED, 1),
        atEnd(ENDS, Counter.CANCELLED, 1),
        atEnd(ENDS, Counter.CUT_OFF, 1),
        // Of three tasks of ten tokens, one runs, since no more may.
        then(ENDS, Counter.WAITING, 2),
        then(ENDS, Counter.IN_FLIGHT, 1),
        then(ENDS, Counter.OPEN_JOBS, 2),
        then(ENDS, Counter.TOKENS_RESERVED, 30),
        atEnd(ENDS, Counter.TOKENS_RESERVED, 0),
        // 30 in and 20 out; 10 in; 100 out; 10 in: at $1 and $2 for a million.
        atEnd(ENDS, Counter.TOKENS_SPENT, 170),
        atEnd(ENDS, Counter.MONEY_SPENT_NANOS, 290_000),
        then(OVERRUN, Counter.OVERRUNS, 1),
        atEnd(OVERRUN, Counter.OVERRUNS, 0),
        then(JOIN, Counter.SUSPENDED, 1),
        atEnd(JOIN, Counter.SUSPENDED, 0),
        atEnd(ERRORS, Counter.USER_ERRORS, 2),
        atEnd(ERRORS, Counter.OWN_ERRORS, 1),
        atEnd(SLOW_LISTENER, Counter.EVENTS_LOST, 6),
        atEnd(RETRY, Counter.RETRIES, 1),
        atEnd(BREAKER, Counter.BREAKERS_OPENED, 1),
        atEnd(LADDER, Counter.BREAKERS_OPENED, 2),
        atEnd(LADDER, Counter.STEPS_DOWN, 2),
        atEnd(LADDER_UP, Counter.STEPS_DOWN, 1),
        atEnd(LADDER_UP, Counter.STEPS_UP, 1),
        atEnd(LADDER, Counter.FALLS, 20),
        atEnd(LADDER, Counter.DEGRADED, 10),
        atEnd(BESIDE, Counter.FALLS, 1),
        atEnd(BESIDE, Counter.FELL_BESIDE, 1),
        atEnd(BESIDE, Counter.ANSWERED_BESIDE, 1),
        then(PARK, Counter.PARKED, 2),
        atEnd(PARK, Counter.PARKED, 0),
        atEnd(PARK, Counter.PARKED_IN_ALL, 2),
        atEnd(PARK, Counter.OPERATOR_WORDS, 1),
        atEnd(PARK, Counter.OPERATOR_WORDS_IN_VAIN, 1),
        atEnd(BURN, Counter.BURN_ALERTS, 1),
        atEnd(USAGE, Counter.USAGE_ALERTS, 1),
        atEnd(HEDGE, Counter.HEDGES, 1),
        atEnd(HEDGE, Counter.HEDGES_WON, 1),
        atEnd(PACE, Counter.LIMITS_LEARNED, 1),
        atEnd(CONCURRENCY, Counter.LIMITS_MOVED, 2),
        atEnd(QUEUE, Counter.NEWEST_FIRST, 2),
        atEnd(QUEUE, Counter.TOO_LATE, 1),
        atEnd(PATIENCE, Counter.IMPATIENT, 1),
        atEnd(LEVEL, Counter.LEVELS_LOWERED, 1),
        atEnd(QUEUE, Counter.ALERTS, 1),
        atEnd(PAUSE, Counter.PAUSES, 1),
        atEnd(HOLD, Counter.AGENTS_HELD, 1),
        atEnd(HOLD, Counter.TARGETS_HELD, 1),
        atEnd(HOLD, Counter.ALL_HELD, 1),
        atEnd(HOLD, Counter.OPERATOR_WORDS, 3),
        atEnd(LIMITS, Counter.JOBS_RECONFIGURED, 1),
        atEnd(LIMITS, Counter.LIMITS_CHANGED, 2),
        atEnd(LOOP, Counter.JOBS_LOOPED_OUT, 1),
        atEnd(ESTIMATES, Counter.ESTIMATES_LEARNED, 2),
        atEnd(WRAP_UP, Counter.WRAPPED_UP, 1));
  }

  private static Heard heard(Scene scene, HeadgateEvent... events) {
    return new Heard(scene, List.of(events));
  }

  private static Recorded recorded(Scene scene, String... events) {
    return new Recorded(scene, List.of(events));
  }

  private static Counted atEnd(Scene scene, Counter counter, long value) {
    return new Counted(scene, counter, value, false);
  }

  private static Counted then(Scene scene, Counter counter, long value) {
    return new Counted(scene, counter, value, true);
  }

  private static HeadgateEvent ended(
      long task, String job, String outcome, Duration waited, Duration ran) {
    return new HeadgateEvent.TaskEnded(task, job, "agent", "model", outcome, waited, ran);
  }

  private static HeadgateEvent parked(long task) {
    return new HeadgateEvent.Parked(
        task, "job", "agent", "tool", ParkReason.ASK_FIRST, Action.REFUSE, ofHours(1));
  }

  private static HeadgateEvent operated(
      String verb, String subject, String who, String why, boolean done) {
    return new HeadgateEvent.Operated(verb, subject, "", who, why, done);
  }

  private static HeadgateEvent said(String verb, String subject) {
    return new HeadgateEvent.Operated(verb, subject, "for PT1H", "kim", "to see", true);
  }

  private static HeadgateEvent limitsChanged(int maxParked, long maxParkedTokens) {
    return new HeadgateEvent.LimitsChanged(
        LIMITED,
        AgentSettings.NO_RATE,
        AgentSettings.ONE_MINUTE,
        maxParked,
        maxParkedTokens,
        HeadgateSettings.DEFAULT.retrySpreadPercent());
  }

  private static String limitsRecorded(int maxParked, long maxParkedTokens) {
    return "LimitsChanged tokens=7000"
        + (" moneyNanos=" + SpendingLimits.UNLIMITED)
        + (" microsPerMinute=" + SpendingLimits.UNLIMITED)
        + (" tokensPerMinute=" + AgentSettings.NO_RATE)
        + (" burstTokens=" + AgentSettings.ONE_MINUTE)
        + (" maxParked=" + maxParked)
        + (" maxParkedTokens=" + maxParkedTokens)
        + (" retrySpreadPercent=" + HeadgateSettings.DEFAULT.retrySpreadPercent());
  }

  // ---- what was seen

  @BeforeAll
  static void play() throws IOException, InterruptedException {
    for (Scene scene : Scene.values()) {
      Path file = directory.resolve(scene + ".jfr");
      try (Recording recording = new Recording()) {
        // Sampled, else: an earlier storm of them leaves no place for one.
        recording.enable("io.headgate.Refusal").with("throttle", "off");
        recording.start();
        Stage stage = new Stage(HeadgateSettings.DEFAULT);
        Map<String, Long> then = scene.play(stage);
        List<HeadgateEvent> heard = stage.end();
        recording.stop();
        recording.dump(file);
        SEEN.put(
            scene,
            new Seen(
                heard.stream().map(SeenTest::withoutChance).toList(),
                RecordingFile.readAllEvents(file).stream()
                    .filter(event -> isOurs(event.getEventType()))
                    .map(SeenTest::text)
                    .toList(),
                stage.headgate.counters().asMap(),
                then));
      }
    }
  }

  // Backoffs and breakers' times are jittered.
  private static HeadgateEvent withoutChance(HeadgateEvent event) {
    return switch (event) {
      case HeadgateEvent.Retry(
              long task,
              String job,
              String agent,
              String target,
              CallClass end,
              Duration delay) ->
          new HeadgateEvent.Retry(task, job, agent, target, end, some(delay));
      case HeadgateEvent.Breaker(
              String target,
              int rung,
              String agent,
              String state,
              Duration until) ->
          new HeadgateEvent.Breaker(target, rung, agent, state, some(until));
      default -> event;
    };
  }

  private static Duration some(Duration duration) {
    return duration.isZero() ? ZERO : SOME;
  }

  private static boolean isOurs(EventType type) {
    return type.getName().startsWith("io.headgate.");
  }

  private static String text(RecordedEvent event) {
    Set<String> everyones = Set.of("startTime", "duration", "eventThread", "stackTrace");
    return event.getEventType().getName().substring("io.headgate.".length())
        + event.getFields().stream()
            .map(ValueDescriptor::getName)
            .filter(name -> !everyones.contains(name))
            .map(name -> " " + name + "=" + event.getValue(name))
            .collect(joining());
  }

  private static String typeOf(String recorded) {
    return recorded.substring(0, recorded.indexOf(' '));
  }

  private static Seen seen(Scene scene) {
    Seen seen = SEEN.get(scene);
    assertThat(seen).as("played").isNotNull();
    return seen;
  }

  // ---- it is the same

  @ParameterizedTest
  @MethodSource
  void heard(Heard expected) {
    Class<?> kind = expected.events.getFirst().getClass();
    assertThat(seen(expected.scene).heard.stream().filter(kind::isInstance))
        .containsExactlyInAnyOrderElementsOf(expected.events);
  }

  @ParameterizedTest
  @MethodSource
  void recorded(Recorded expected) {
    assertThat(
            seen(expected.scene).recorded.stream()
                .filter(event -> typeOf(event).equals(expected.type())))
        .containsExactlyInAnyOrderElementsOf(expected.events);
  }

  @ParameterizedTest
  @MethodSource
  void counted(Counted expected) {
    Seen seen = seen(expected.scene);
    assertThat(expected.then ? seen.countersThen : seen.counters)
        .containsEntry(expected.counter.label(), expected.value);
  }

  @Test
  void everyKindOfEventIsInTheTable() {
    assertThat(heard().map(each -> each.events.getFirst().getClass()).collect(toSet()))
        .isEqualTo(Set.of(HeadgateEvent.class.getPermittedSubclasses()));
  }

  @Test
  void allAreListedForReaders() throws IOException {
    String page = Files.readString(Path.of("..", "docs", "observation.md"));
    assertThat(page)
        .contains(
            heard().map(each -> code(each.events.getFirst().getClass().getSimpleName())).toList())
        .contains(recorded().map(each -> code(each.type())).toList())
        .contains(counted().map(each -> code(each.counter.label())).toList());
  }

  private static String code(String name) {
    return "`" + name + "`";
  }

  @Test
  void everyTypeOfRecordedEventIsInTheTable() {
    Stream<String> declared =
        Stream.of(StateEvents.class.getDeclaredClasses())
            .map(type -> type.getAnnotation(Name.class).value());
    Stream<String> known =
        FlightRecorder.getFlightRecorder().getEventTypes().stream()
            .filter(SeenTest::isOurs)
            .map(EventType::getName);
    assertThat(recorded().map(each -> "io.headgate." + each.type()).collect(toSet()))
        .isEqualTo(Stream.concat(declared, known).collect(toSet()));
  }

  @Test
  void everyCounterIsInTheTableAboveZero() {
    assertThat(counted().filter(each -> each.value > 0).map(Counted::counter).collect(toSet()))
        .containsExactlyInAnyOrder(Counter.values());
  }
}
