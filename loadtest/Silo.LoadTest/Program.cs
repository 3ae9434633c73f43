using System.CommandLine;

return await new RootCommand("Puts load on a mail server that you own, and checks what comes out of it.").Parse(args).InvokeAsync();
