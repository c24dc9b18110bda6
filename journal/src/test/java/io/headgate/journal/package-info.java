@NullMarked
package io.headgate.journal;

import org.jspecify.annotations.NullMarked;
