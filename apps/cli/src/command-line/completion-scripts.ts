// Each script asks `vfm __complete WORDS...` what fits: its first line says what kind of answer it
// is, the others are words with their meaning after a tab. So all four shells offer the same, and a
// new command needs no new script.

// Paths are left to readline, which quotes them and ends directories with a slash. No `filenames`: with
// it a machine that is called as a directory here would get the slash as well. The bash of macOS, 3.2,
// has no compopt: there a machine's name that nothing fits is completed as a path.
const BASH = String.raw`# bash completion for vfm: eval "$(vfm completion bash)"
_vfm() {
  local answer line
  COMPREPLY=()
  compopt +o default 2>/dev/null
  answer="$(command vfm __complete "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)" || return 0
  case "\${answer%%$'\n'*}" in
    :files) compopt -o default 2>/dev/null ;;
    :directories) compopt -o dirnames 2>/dev/null ;;
    *)
      while read -r line; do
        [ -n "$line" ] && COMPREPLY+=("\${line%%$'\t'*}")
      done < <(printf '%s\n' "$answer" | tail -n +2)
      ;;
  esac
  return 0
}
complete -o default -F _vfm vfm
`;

const ZSH = String.raw`#compdef vfm
# zsh completion for vfm: vfm completion zsh > a directory of $fpath, as _vfm
_vfm() {
  local -a answer offers
  local line
  answer=("\${(@f)$(command vfm __complete "\${(@)words[2,CURRENT]}" 2>/dev/null)}")
  case "$answer[1]" in
    :files) _files ;;
    :directories) _files -/ ;;
    *)
      for line in "\${(@)answer[2,-1]}"; do
        [[ -n "$line" ]] || continue
        line="\${line//:/\\:}"
        offers+=("\${line/$'\t'/:}")
      done
      _describe 'vfm' offers
      ;;
  esac
}
if [ "$funcstack[1]" = "_vfm" ]; then _vfm "$@"; else compdef _vfm vfm; fi
`;

const FISH = String.raw`# fish completion for vfm: vfm completion fish > ~/.config/fish/completions/vfm.fish
function __vfm_complete
  set -l words (commandline -opc)
  set -l current (commandline -ct)
  set -l answer (command vfm __complete $words[2..-1] "$current" 2>/dev/null)
  switch "$answer[1]"
    case :files
      __fish_complete_path "$current"
    case :directories
      __fish_complete_directories "$current"
    case '*'
      printf '%s\n' $answer[2..-1]
  end
end
complete -c vfm -f -a '(__vfm_complete)'
`;

// Older versions of PowerShell drop an empty argument: __complete-next stands for one.
const POWERSHELL = String.raw`# PowerShell completion for vfm: vfm completion powershell | Out-String | Invoke-Expression
Register-ArgumentCompleter -Native -CommandName vfm -ScriptBlock {
  param($wordToComplete, $commandAst, $cursorPosition)
  $words = @($commandAst.CommandElements | Select-Object -Skip 1 | ForEach-Object { $_.ToString() })
  $ask = if ($wordToComplete -eq '') { '__complete-next' } else { '__complete' }
  $answer = @(vfm $ask @words 2>$null)
  if ($answer[0] -ne ':words') { return }
  $answer | Select-Object -Skip 1 | ForEach-Object {
    $word, $meaning = $_ -split "\t", 2
    if (-not $meaning) { $meaning = $word }
    [System.Management.Automation.CompletionResult]::new($word, $word, 'ParameterValue', $meaning)
  }
}
`;

const SCRIPTS: Readonly<Record<string, string>> = {
  bash: BASH,
  zsh: ZSH,
  fish: FISH,
  powershell: POWERSHELL.replace(String.raw`"\t"`, '"`t"'),
};

/** The completion script of a shell; undefined for one that is not known. */
export function completionScript(shell: string): string | undefined {
  // In a raw template the backslash that keeps `${` from being a substitution stays in the text.
  return SCRIPTS[shell]?.replaceAll("\\${", "${");
}
