package io.headgate.simulation;

import static io.headgate.simulation.Violation.check;

import io.headgate.LevelPolicy;
import io.headgate.TargetSettings;
import io.headgate.admission.LevelWord;
import io.headgate.simulation.Books.Party;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/**
 * What the referee keeps of admission levels: they fall only where new jobs wait and a policy says
 * so, and a job is wholly in or wholly out.
 */
final class LevelBooks {
  private record Word(int level, long passNs) {}

  private final Map<Party, Word> words = new HashMap<>();

  /** Of which a task was let in, sub-jobs included. */
  private final Set<VirtualJob> letIn = new HashSet<>();

  /** A target's level moves. */
  void moves(Party target, int level, long passNs, int waitingNew) {
    TargetSettings settings = target.target;
    LevelPolicy policy = settings == null ? LevelPolicy.OFF : settings.level();
    Word before = words.put(target, new Word(level, passNs));
    int was = before == null ? LevelWord.ALL : before.level();
    check(level != was, "{}: its level moves from {} to the same", target, was);
    check(level >= 1 && level <= LevelWord.ALL, "{} lets in {} keys", target, level);
    check(
        policy.isOn() || level == LevelWord.ALL,
        "{} lets in {} keys, by {}",
        target,
        level,
        policy);
    check(
        level > was || (waitingNew > 0 && passNs >= policy.delayNanos() / 2),
        "{}: its level falls to {}, {} wait, and {} ns are short enough by {}",
        target,
        level,
        waitingNew,
        passNs,
        policy);
  }

  /** A task was let in; its submission was disturbed by nobody, or what holds may be another. */
  void taken(VirtualTask task, Party target, boolean undisturbed) {
    boolean first = letIn.add(root(task.job()));
    if (first && undisturbed && !task.isChild()) {
      Word word = words.get(target);
      check(
          word == null
              || LevelWord.key(task.priority(), task.job()) < word.level()
              || waitNs(task) <= word.passNs(),
          "{} of {} is let in by {}, whose level is {}",
          task,
          task.job(),
          task.targetGate(),
          word);
    }
  }

  private static long waitNs(VirtualTask task) {
    return task.targetGate().turnNs(task.agentGate(), task.priority());
  }

  /** Whether the job's level may be what it was refused for. */
  boolean keepsOut(VirtualJob job, Party target, boolean child) {
    Word word = words.get(target);
    return word != null && word.level() < LevelWord.ALL && !child && !letIn.contains(root(job));
  }

  boolean isLowered(Party target) {
    Word word = words.get(target);
    return word != null && word.level() < LevelWord.ALL;
  }

  void retired(VirtualJob job) {
    letIn.remove(job);
  }

  private static VirtualJob root(VirtualJob job) {
    VirtualJob root = job;
    for (VirtualJob above = job.parentJob(); above != null; above = above.parentJob()) {
      root = above;
    }
    return root;
  }
}
