using System.Buffers;
using System.Text;
using Silo.Smtp.Server;

namespace Silo.Smtp.Tests.Server;

/// <summary>Drives a session without a network: takes everything, unless told otherwise.</summary>
internal sealed class SessionDriver(SmtpServerOptions options, SmtpServerLoad? load = null)
{
    private static readonly SmtpServerReply Ok = new(250, "2.0.0", "Ok");
    private readonly SmtpServerSession _session = new(options, load);

    public Func<string, SmtpServerReply> Recipient { get; init; } = _ => Ok;

    /// <summary>Lets in who knows the password "open".</summary>
    public Func<SmtpCredentials, SmtpServerReply> Login { get; init; } =
        c => c.Password == "open" ? new SmtpServerReply(235, "2.7.0", "Welcome") : new SmtpServerReply(535, "5.7.8", "No");

    public bool IsTls => _session.IsTls;

    public List<string> Asked { get; } = [];

    public List<SmtpServerMessage> Messages { get; } = [];

    public bool IsClosed { get; private set; }

    public IReadOnlyList<string> Say(string text, int piece = int.MaxValue) => Say(Encoding.UTF8.GetBytes(text), piece);

    /// <summary>The lines of the replies.</summary>
    public IReadOnlyList<string> Say(byte[] bytes, int piece)
    {
        var replies = new ArrayBufferWriter<byte>();
        for (var at = 0; at < bytes.Length && !IsClosed;)
        {
            var length = Math.Min(piece, bytes.Length - at);
            Take(bytes.AsSpan(at, length), replies);
            at += length;
        }

        return Encoding.UTF8.GetString(replies.WrittenSpan).Split("\r\n", StringSplitOptions.RemoveEmptyEntries);
    }

    private void Take(ReadOnlySpan<byte> input, ArrayBufferWriter<byte> replies)
    {
        while (!IsClosed)
        {
            var step = _session.Read(input, out var used);
            input = input[used..];
            if (step == SmtpServerStep.Sender)
            {
                Asked.Add("from " + _session.Path);
                step = _session.Answer(Ok);
            }
            else if (step == SmtpServerStep.Recipient)
            {
                Asked.Add("to " + _session.Path);
                step = _session.Answer(Recipient(_session.Path));
            }
            else if (step == SmtpServerStep.Authenticate)
            {
                Asked.Add($"login {_session.Credentials!.User} {_session.Credentials.Password}");
                step = _session.Answer(Login(_session.Credentials));
            }
            else if (step == SmtpServerStep.Message)
            {
                Messages.Add(_session.Message!);
                step = _session.Answer(Ok);
            }

            if (step == SmtpServerStep.NeedMore)
            {
                if (!input.IsEmpty) throw new InvalidOperationException("It wants more and left some.");
                return;
            }

            _session.Reply.AppendTo(replies);
            IsClosed = step == SmtpServerStep.Close;
            if (step == SmtpServerStep.StartTls) _session.BeginTls();
        }
    }
}
