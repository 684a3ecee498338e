export { readAgeLimits } from './age-settings.ts';
export { lines, type SyncMode } from './ancestor-lines.ts';
export { type BandwidthReport, bandwidthLines, bandwidthReport } from './bandwidth-report.ts';
export { bandwidthReader } from './bandwidth-setting.ts';
export { type CleanSettings, readCleanSettings } from './clean-settings.ts';
export { CLIENT_SETTINGS } from './client-settings.ts';
export { type Command, parseCommandLine, type Verb } from './command-line.ts';
export { type CompareWord, readCompareRule } from './compare-setting.ts';
export { configCommand, faultIn } from './config-command.ts';
export {
  type Configuration,
  type ConfigurationInput,
  iniPathOf,
  inspectConfiguration,
  type PartConfiguration,
  readConfiguration,
  requireSetting,
  sizeOrAuto,
} from './configuration.ts';
export { type ConfigurationChange, partNamed } from './configuration-change.ts';
export { ConfigurationWatch } from './configuration-watch.ts';
export { confirm } from './confirm.ts';
export { askProgram, type ControlListener } from './control/control-client.ts';
export {
  type ControlCall,
  type ControlResult,
  type ControlServer,
  type ControlVerb,
  serveControl,
} from './control/control-server.ts';
export { readDeleteRule } from './deletion-settings.ts';
export { displayName } from './display-name.ts';
export { createWhole, replaceWhole } from './exclusive-file.ts';
export { EXIT, type ExitCode } from './exit-code.ts';
export { type ExplanationFacts, explanationText, typedPath } from './explanation.ts';
export { isExtensionRule } from './extension-lines.ts';
export {
  type FilterSettings,
  readFilterRules,
  readShareRules,
  type ShareRuleSettings,
} from './filter-rules.ts';
export { folderMarks, mountTable } from './folder-mark.ts';
export { diskSpace, hasRoom, requireRoom, untilRoom } from './free-space.ts';
export { rememberConfig, typedCommand } from './given-config.ts';
export { readIgnoreNames } from './ignore-settings.ts';
export { setIniValues } from './ini-edit.ts';
export { yieldToOthers } from './io-priority.ts';
export { JOB_SETTINGS } from './job-settings.ts';
export { createKey, type FoundKey, findKey, keyFileIn, locateKey, makeKey, parseKey } from './key.ts';
export { ignoresLetterCase } from './letter-case.ts';
export { localTime, localTimeOf } from './local-time.ts';
export { acquireLock, type Lock, type LockHolder, lockHolder } from './lock.ts';
export { createLog, type Log, type LogLevel, type LogLine, waitingLog, writeLine } from './log.ts';
export { nearestWord } from './nearest-word.ts';
export { type PathPattern, readPattern, type TypedPattern } from './path-pattern.ts';
export { readPriority } from './priority-rules.ts';
export { cureLines, type ProblemReport, problemLines, problemReport } from './problem-report.ts';
export { processSpeed } from './process-speed.ts';
export { type Progress, plainProgress } from './progress.ts';
export { barProgress } from './progress-bar.ts';
export { parseAge, parseSize } from './quantity.ts';
export { type NumberedRule, numberedRules, type RuleLine, ruleLines } from './rule-lines.ts';
export { type Circumstances, runProgram } from './run-program.ts';
export { findRunning, type RunningProgram, recordRunning, recordRunningWith } from './running-record.ts';
export { readScheduleRules, type ScheduleRules } from './schedule-rules.ts';
export { SCHEDULE_SETTINGS } from './schedule-settings.ts';
export { type ScrubReport, scrubLines, scrubReport } from './scrub-report.ts';
export { SERVER_SETTINGS } from './server-settings.ts';
export type { Setting } from './setting.ts';
export { asWord } from './shell-word.ts';
export { untilSignal } from './shutdown.ts';
export { readSmallFile } from './small-file.ts';
export { keepHeapSmall, markHeapAhead } from './small-heap.ts';
export {
  type MissingEntries,
  missingText,
  removedText,
  type StandingFolder,
  standingText,
} from './source-question.ts';
export { readRemains, readStanding } from './standing-configuration.ts';
export {
  findServerHome,
  findStateDir,
  namedPath,
  openServerHome,
  openStateDir,
  ownerIn,
  realPath,
  SERVER_OF_MANY,
  type StateDirInput,
  stateDirFor,
  stateDirName,
} from './state-dir.ts';
export { listedLines, statusLine } from './status-line.ts';
export { zonedTime } from './time-zone.ts';
export { UserError } from './user-error.ts';
