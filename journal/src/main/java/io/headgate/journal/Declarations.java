package io.headgate.journal;

import io.headgate.AgentSettings;
import io.headgate.JobSettings;
import io.headgate.TargetSettings;
import io.headgate.admission.AgentGate;
import io.headgate.admission.Carried;
import io.headgate.admission.Earlier;
import io.headgate.admission.TargetGate;
import io.headgate.admission.Trial;
import io.headgate.engine.BreakerMemory;
import io.headgate.engine.BreakerState;
import io.headgate.journal.sbe.AgentDeclaredDecoder;
import io.headgate.journal.sbe.BreakerKnownDecoder;
import io.headgate.journal.sbe.JobCarriedDecoder;
import io.headgate.journal.sbe.JobDeclaredDecoder;
import io.headgate.journal.sbe.MessageHeaderDecoder;
import io.headgate.journal.sbe.SettingsDeclaredDecoder;
import io.headgate.journal.sbe.TargetDeclaredDecoder;
import io.headgate.journal.sbe.TaskAdmittedDecoder;
import io.headgate.journal.sbe.TaskCarriedDecoder;
import java.util.ArrayList;
import java.util.List;
import org.agrona.DirectBuffer;
import org.agrona.collections.Int2ObjectHashMap;
import org.agrona.collections.Long2ObjectHashMap;
import org.jspecify.annotations.Nullable;

/** What a journal's records refer to by number. One thread. */
final class Declarations {
  private static final SettingsKind[] KINDS = SettingsKind.values();
  private static final BreakerState[] BREAKERS = BreakerState.values();

  private final Int2ObjectHashMap<Record> settings = new Int2ObjectHashMap<>();
  private final Int2ObjectHashMap<AgentGate> agents = new Int2ObjectHashMap<>();
  private final Int2ObjectHashMap<TargetGate> targets = new Int2ObjectHashMap<>();
  private final Long2ObjectHashMap<ReplayedJob> jobs = new Long2ObjectHashMap<>();
  private final SettingsDeclaredDecoder settingsDeclared = new SettingsDeclaredDecoder();
  private final AgentDeclaredDecoder agentDeclared = new AgentDeclaredDecoder();
  private final TargetDeclaredDecoder targetDeclared = new TargetDeclaredDecoder();
  private final JobDeclaredDecoder jobDeclared = new JobDeclaredDecoder();
  private final JobCarriedDecoder jobCarried = new JobCarriedDecoder();
  private final TaskCarriedDecoder taskCarried = new TaskCarriedDecoder();

  // Of the task that is admitted next.
  private Earlier earlier = Earlier.NOTHING;

  static <E extends Enum<E>> E of(E[] values, short code) {
    if (code >= values.length) {
      throw new IllegalStateException(
          values[0].getDeclaringClass().getSimpleName()
              + " has no value "
              + code
              + ": a newer Headgate wrote it; use that one's command line");
    }
    return values[code];
  }

  static <T> T known(@Nullable T value, String what, long number) {
    if (value == null) {
      throw new IllegalStateException(what + " " + number + " was never declared");
    }
    return value;
  }

  /** What a breaker is to know, by its record's clock. */
  static BreakerMemory memory(BreakerKnownDecoder known) {
    return new BreakerMemory(
        known.rung(),
        of(BREAKERS, known.state()),
        known.untilNs(),
        known.openings(),
        known.forced() != 0);
  }

  /** What had become of a task, by its record's clock. */
  static Earlier earlier(TaskCarriedDecoder carried) {
    return new Earlier(carried.attempts(), carried.parkedNs(), carried.asked() != 0);
  }

  <S extends Record> S settings(Class<S> type, int number) {
    return type.cast(known(settings.get(number), "settings", number));
  }

  AgentGate agent(int number) {
    return known(agents.get(number), "agent", number);
  }

  TargetGate target(int number) {
    return known(targets.get(number), "target", number);
  }

  ReplayedJob job(long number) {
    return known(jobs.get(number), "job", number);
  }

  /** A task as its record says. */
  ReplayedTask task(TaskAdmittedDecoder admitted) {
    Earlier of = earlier;
    earlier = Earlier.NOTHING;
    return new ReplayedTask(
        admitted,
        agent(admitted.agent()),
        target(admitted.target()),
        job(admitted.job()),
        trial(admitted),
        of);
  }

  // Outermost last, as they are chained.
  private @Nullable Trial trial(TaskAdmittedDecoder admitted) {
    List<Trial> chain = new ArrayList<>(0);
    for (TaskAdmittedDecoder.TrialsDecoder each : admitted.trials()) {
      chain.add(new Trial(target(each.target()), each.opening(), null));
    }
    Trial trial = null;
    for (Trial each : chain.reversed()) {
      trial = new Trial(each.target(), each.opening(), trial);
    }
    return trial;
  }

  /** A run begins: its engine knows nothing, but settings keep their numbers. */
  void beginRun() {
    agents.clear();
    targets.clear();
    jobs.clear();
  }

  void forgetAgent(int number) {
    agents.remove(number);
  }

  void forgetTarget(int number) {
    targets.remove(number);
  }

  void forgetJob(long number) {
    jobs.remove(number);
  }

  /**
   * Takes note of a record that declares something.
   *
   * @return whether it does
   */
  boolean apply(MessageHeaderDecoder header, DirectBuffer buffer, int offset) {
    switch (header.templateId()) {
      case SettingsDeclaredDecoder.TEMPLATE_ID ->
          apply(settingsDeclared.wrapAndApplyHeader(buffer, offset, header));
      case AgentDeclaredDecoder.TEMPLATE_ID ->
          apply(agentDeclared.wrapAndApplyHeader(buffer, offset, header));
      case TargetDeclaredDecoder.TEMPLATE_ID ->
          apply(targetDeclared.wrapAndApplyHeader(buffer, offset, header));
      case JobDeclaredDecoder.TEMPLATE_ID ->
          apply(jobDeclared.wrapAndApplyHeader(buffer, offset, header));
      case JobCarriedDecoder.TEMPLATE_ID ->
          apply(jobCarried.wrapAndApplyHeader(buffer, offset, header));
      case TaskCarriedDecoder.TEMPLATE_ID ->
          earlier = earlier(taskCarried.wrapAndApplyHeader(buffer, offset, header));
      default -> {
        return false;
      }
    }
    return true;
  }

  private void apply(SettingsDeclaredDecoder declared) {
    int number = declared.number();
    if (number % RecordEncoder.MAX_SETTINGS == 1) {
      settings.clear(); // as the writer did
    }
    settings.put(number, SettingsJson.read(of(KINDS, declared.kind()), declared.json()));
  }

  private void apply(AgentDeclaredDecoder declared) {
    agents.put(
        declared.number(),
        new AgentGate(declared.name(), declared.place(), AgentSettings.DEFAULT, NobodyAsks.HERE));
  }

  private void apply(TargetDeclaredDecoder declared) {
    targets.put(
        declared.number(),
        new TargetGate(declared.name(), declared.place(), TargetSettings.DEFAULT, NobodyAsks.HERE));
  }

  private void apply(JobDeclaredDecoder declared) {
    ReplayedJob parent = declared.parent() == 0 ? null : job(declared.parent());
    jobs.put(
        declared.number(),
        new ReplayedJob(declared, parent, settings(JobSettings.class, declared.settings())));
  }

  private void apply(JobCarriedDecoder carried) {
    job(carried.job())
        .carry(
            new Carried(
                carried.tokens(), carried.moneyNanos(), carried.calls(), carried.begun() != 0));
  }
}
