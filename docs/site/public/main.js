// Commands and printed lines name no language: they stay as they are.
export default {
  configureHljs: hljs => hljs.configure({ languages: [] }),
}
