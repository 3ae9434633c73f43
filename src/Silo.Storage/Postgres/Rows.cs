using System.Runtime.InteropServices;
using Npgsql;
using NpgsqlTypes;

namespace Silo.Storage.Postgres;

/// <summary>Rows of one kind in a batch, column by column, for a statement that unnests arrays.</summary>
internal sealed class Rows(string sql)
{
    private readonly List<(Action Clear, Func<NpgsqlParameter> Parameter, Func<int> Count)> _columns = [];

    public int Count => _columns[0].Count();

    public List<T> Column<T>(NpgsqlDbType type)
    {
        var values = new List<T>();
        _columns.Add((values.Clear,
            () => new NpgsqlParameter<List<T>> { TypedValue = values, NpgsqlDbType = NpgsqlDbType.Array | type },
            () => values.Count));
        return values;
    }

    /// <summary>The statement with its arrays, and single values behind them.</summary>
    public NpgsqlBatchCommand ToCommand(params ReadOnlySpan<NpgsqlParameter> more)
    {
        var command = new NpgsqlBatchCommand(sql);
        foreach (var (_, parameter, _) in _columns) command.Parameters.Add(parameter());
        foreach (var parameter in more) command.Parameters.Add(parameter);
        return command;
    }

    /// <summary>The array of the bytes where they are a whole one, else a copy.</summary>
    public static byte[] Whole(ReadOnlyMemory<byte> bytes) =>
        MemoryMarshal.TryGetArray(bytes, out var segment) && segment.Offset == 0 && segment.Count == segment.Array!.Length
            ? segment.Array
            : bytes.ToArray();

    public void Clear()
    {
        foreach (var (clear, _, _) in _columns) clear();
    }
}
