using System.Globalization;
using System.Text;
using Silo.Benchmarks.Engine;
using Silo.Benchmarks.Send;

namespace Silo.Benchmarks.SmtpPath;

/// <summary>What smtp-source is told to do: one process for each tenant.</summary>
/// <param name="Messages">Of a round, of all tenants together.</param>
/// <param name="Sessions">Connections at a time, of all tenants together.</param>
/// <param name="Bytes">Of a message with its header.</param>
/// <param name="Reconnects">A connection for each message; else connections stay.</param>
internal sealed record SmtpPathLoad(int Messages, int Tenants, int Sessions, int Bytes, bool Reconnects)
{
    public static SmtpPathLoad Of(Arguments arguments)
    {
        var tenants = arguments.Number("--tenants", 8);
        var messages = arguments.Number("--messages", 100_000);
        // Each process sends as many as the others.
        return new SmtpPathLoad(
            messages / tenants * tenants, tenants, arguments.Number("--sessions", 40), arguments.Number("--bytes", 4_096),
            arguments.Has("--reconnect"));
    }

    /// <summary>The message of each tenant, with line feeds for line ends, as smtp-source reads it.</summary>
    public void WriteMessages(string directory)
    {
        for (var tenant = 0; tenant < Tenants; tenant++)
        {
            var text = new StringBuilder();
            text.Append(CultureInfo.InvariantCulture, $"X-SES-TENANT: {SendServer.TenantName(tenant)}\nX-SES-CONFIGURATION-SET: news\n");
            text.Append("From: News <news@sender.example>\nTo: user@recipient.example\nSubject: News of today\nMIME-Version: 1.0\n");
            text.Append("Content-Type: text/plain; charset=utf-8\n\n");
            // On the wire each line has one byte more.
            for (var (line, bytes) = (0, text.Length + 9); ; line++)
            {
                var written = string.Create(CultureInfo.InvariantCulture, $"Line {line} of the message, of the length that lines of mail have.\n");
                if ((bytes += written.Length + 1) > Bytes) break;
                text.Append(written);
            }

            File.WriteAllText(FileOf(directory, tenant), text.ToString());
        }
    }

    /// <summary>The arguments of each process.</summary>
    public IEnumerable<IReadOnlyList<string>> Sources(string endpoint, string directory)
    {
        for (var tenant = 0; tenant < Tenants; tenant++)
        {
            List<string> arguments =
            [
                "-f", "news@sender.example", "-t", "user@recipient.example", "-M", "localhost", "-F", FileOf(directory, tenant), "-N",
                "-s", Text(Math.Max(1, Sessions / Tenants)), "-m", Text(Messages / Tenants), endpoint,
            ];
            if (!Reconnects) arguments.Insert(0, "-d");
            yield return arguments;
        }
    }

    private static string FileOf(string directory, int tenant) => Path.Combine(directory, $"message-{tenant}");

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
