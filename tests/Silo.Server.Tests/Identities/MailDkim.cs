using System.Diagnostics;
using System.Globalization;
using System.Net;
using Xunit;

namespace Silo.Server.Tests.Identities;

/// <summary>
/// A test that needs Perl's Mail::DKIM: skipped with a reason on a machine without it, run (and failed) there under CI=true.
/// </summary>
internal sealed class MailDkimFactAttribute : FactAttribute
{
    public MailDkimFactAttribute()
    {
        if (Environment.GetEnvironmentVariable("CI") == "true" || MailDkim.IsInstalled) return;
        Skip = "Perl's Mail::DKIM (Debian's libmail-dkim-perl) is not installed; it is the second verifier of signatures";
    }
}

/// <summary>Mail::DKIM in a process of its own, with a name server of the test's.</summary>
internal sealed class MailDkim : IAsyncDisposable
{
    private readonly Process _perl;

    public MailDkim(IPEndPoint dns)
    {
        var start = new ProcessStartInfo("perl") { RedirectStandardInput = true, RedirectStandardOutput = true };
        start.ArgumentList.Add(Path.Combine(AppContext.BaseDirectory, "Identities", "verify_dkim.pl"));
        start.ArgumentList.Add(dns.Port.ToString(CultureInfo.InvariantCulture));
        _perl = Process.Start(start)!;
    }

    public static bool IsInstalled
    {
        get
        {
            try
            {
                using var perl = Process.Start(new ProcessStartInfo("perl", ["-MMail::DKIM", "-e", "1"]) { RedirectStandardError = true })!;
                perl.WaitForExit();
                return perl.ExitCode == 0;
            }
            catch (System.ComponentModel.Win32Exception)
            {
                return false;
            }
        }
    }

    /// <summary>As "domain/selector=pass", one for each signature.</summary>
    public async Task<string> Verify(byte[] message)
    {
        await _perl.StandardInput.WriteLineAsync(message.Length.ToString(CultureInfo.InvariantCulture));
        await _perl.StandardInput.FlushAsync();
        await _perl.StandardInput.BaseStream.WriteAsync(message);
        await _perl.StandardInput.BaseStream.FlushAsync();
        return await _perl.StandardOutput.ReadLineAsync() ?? throw new InvalidOperationException("Mail::DKIM has ended.");
    }

    public async ValueTask DisposeAsync()
    {
        _perl.StandardInput.Close();
        await _perl.WaitForExitAsync();
        _perl.Dispose();
    }
}
