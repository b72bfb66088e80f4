with

traced as (

    select * from {{ ref('traced_columns') }}

),

final as (

    select
        schema_name,
        table_name,
        column_name,
        source_kind,
        source_table,
        source_column,
        source_headers,
        path,
        note
    from traced

)

select * from final
