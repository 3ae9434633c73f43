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
            if (_state is State.InLine or State.LineStart)
            {
                var run = PlainRun(input[used..]);
                message.Add(input.Slice(used, run));
                used += run;
                if (used == input.Length) return false;
            }

            if (Step(input[used++])) return true;
        }

        return false;
    }

    /// <summary>Of whole lines and what there is of the next: up to a dot that begins a line, or to an end of a line that is none.</summary>
    private int PlainRun(ReadOnlySpan<byte> input)
    {
        if (_state == State.LineStart && input[0] == '.') return 0;
        for (var at = 0; ;)
        {
            var end = input[at..].IndexOfAny((byte)'\r', (byte)'\n');
            if (end < 0)
            {
                if (at < input.Length) _state = State.InLine;
                return input.Length;
            }

            end += at;
            if (input[end] == '\n' || end + 1 == input.Length || input[end + 1] != '\n')
            {
                // The lone CR or LF, or the CR that is the last there is, is looked at by itself.
                _state = State.InLine;
                return end;
            }

            at = end + 2;
            _state = State.LineStart;
            if (at == input.Length || input[at] == '.') return at;
        }
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
