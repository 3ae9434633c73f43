using System.Text;
using Silo.LoadTest.Marks;
using Silo.LoadTest.Traffic;

namespace Silo.LoadTest.Doors;

/// <summary>Messages of a flow as SMTP carries them: all that is the same in each was made before.</summary>
internal sealed class SmtpContent
{
    private const string Boundary = "=_silo_load_boundary";

    private readonly FlowPlan _flow;
    private readonly bool _namesTenants;
    private readonly byte[] _options;
    private readonly byte[][] _kinds;

    public SmtpContent(FlowPlan flow, bool namesTenants)
    {
        (_flow, _namesTenants) = (flow, namesTenants);
        var tag = flow.Tag is var (name, value) ? $"X-SES-MESSAGE-TAGS: {name}={value}\r\n" : "";
        _options = namesTenants ? Encoding.ASCII.GetBytes($"X-SES-CONFIGURATION-SET: {flow.ConfigurationSet}\r\n{tag}") : [];
        _kinds = [.. flow.Kinds.Select(k => Encoding.ASCII.GetBytes(Static(k)))];
    }

    /// <summary>The commands before the content: MAIL, RCPT, DATA.</summary>
    public void WriteEnvelope(ByteWriter to, in LoadMessage message)
    {
        WriteSender(to.Add("MAIL FROM:<"u8), message);
        to.Add(">\r\nRCPT TO:<"u8).Add(message.Recipient).Add(">\r\nDATA\r\n"u8);
    }

    /// <summary>The content with its final dot.</summary>
    public void WriteContent(ByteWriter to, in LoadMessage message)
    {
        if (_namesTenants) to.Add("X-SES-TENANT: "u8).Add(message.Tenant.Name).Add("\r\n"u8).Add(_options);
        to.Add(LoadMark.Header).Add(": "u8).Add(message.Mark).Add("\r\nFrom: News <"u8);
        WriteSender(to, message);
        to.Add(">\r\nTo: <"u8).Add(message.Recipient).Add(">\r\n"u8).Add(_kinds[message.Kind]);
    }

    private void WriteSender(ByteWriter to, in LoadMessage message) =>
        to.Add("news@t"u8).Add(message.Tenant.Number).Add("."u8).Add(_flow.SenderDomain);

    private static string Static(MessageKind kind)
    {
        var text = LoadText.Of(kind.Bytes, "\r\n");
        const string head = "Subject: News of today\r\nDate: Mon, 02 Mar 2026 10:00:00 +0000\r\nMIME-Version: 1.0\r\n";
        const string plain = "Content-Type: text/plain; charset=us-ascii\r\n\r\n";
        if (kind.AttachmentBytes == 0) return $"{head}{plain}{text}\r\n.\r\n";
        return $"{head}Content-Type: multipart/mixed; boundary=\"{Boundary}\"\r\n\r\n--{Boundary}\r\n{plain}{text}\r\n--{Boundary}\r\n"
            + "Content-Type: application/octet-stream\r\nContent-Disposition: attachment; filename=\"load.bin\"\r\n"
            + $"Content-Transfer-Encoding: base64\r\n\r\n{LoadText.Attachment(kind.AttachmentBytes, inLines: true)}\r\n"
            + $"--{Boundary}--\r\n.\r\n";
    }
}
