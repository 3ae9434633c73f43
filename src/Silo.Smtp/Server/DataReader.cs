namespace Silo.Smtp.Server;

/// <summary>
/// The message behind DATA, up to CRLF "." CRLF and nothing else (RFC 5321 4.1.1.4): a bare CR or LF, which other servers may take for the
/// end of a line, spoils the message, so that nothing can be hidden behind it.
/// </summary>
internal sealed class DataReader(MessageBuffer message)
{
    private State _state = State.LineStart;

    private enum State
    {
        LineStart,
        InLine,
        Return,
        Dot,
        DotReturn,
    }

    /// <summary>It holds a CR or LF that stands alone.</summary>
    public bool HasBareLineEnd { get; private set; }

    /// <summary>True at the end; <paramref name="used"/> then leaves what follows the message.</summary>
    public bool Read(ReadOnlySpan<byte> input, out int used)
    {
        for (used = 0; used < input.Length;)
        {
            if (_state == State.InLine)
            {
                var run = input[used..].IndexOfAny((byte)'\r', (byte)'\n');
                message.Add(run < 0 ? input[used..] : input.Slice(used, run));
                used = run < 0 ? input.Length : used + run;
                if (run < 0) return false;
            }

            if (Step(input[used++])) return true;
        }

        return false;
    }

    private bool Step(byte next)
    {
        switch (_state)
        {
            case State.LineStart when next == '.':
                _state = State.Dot;
                return false;
            case State.Dot when next == '\r':
                _state = State.DotReturn;
                return false;
            case State.DotReturn when next == '\n':
                return true;
            case State.Return when next == '\n':
                message.Add("\r\n"u8);
                _state = State.LineStart;
                return false;
            case State.Return or State.DotReturn:
                HasBareLineEnd = true;
                break;
        }

        // A dot before anything else was doubled by the sender, and is left out.
        _state = next == '\r' ? State.Return : State.InLine;
        if (next == '\n') HasBareLineEnd = true;
        else if (next != '\r') message.Add([next]);
        return false;
    }
}
