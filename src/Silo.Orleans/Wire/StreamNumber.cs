using Silo.Core.Pacing;

namespace Silo.Orleans.Wire;

/// <summary>Streams cross as their number and one more: 0 is what the release before writes, and means normal mail.</summary>
internal static class StreamNumber
{
    public static int Of(MailStream stream) => (int)stream + 1;

    public static MailStream Read(int number) => number == 0 ? MailStream.Normal : (MailStream)(number - 1);
}
