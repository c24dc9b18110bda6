package io.headgate;

import org.jspecify.annotations.Nullable;

/**
 * The answer to a submission: {@link Admitted}, which is the task's handle, or {@link Refused}.
 *
 * @param <T> what the task's call answers
 */
public sealed interface Admission<T extends @Nullable Object> permits Admitted, Refused {}
