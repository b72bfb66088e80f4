with

penalties as (

    select * from {{ ref('int_administrative_penalty_versions') }}

),

penalty_category_codes as (

    select * from {{ ref('penalty_categories') }}

),

-- Few lists occur: each is judged once, not once per penalty.
delivered_lists as (

    select distinct
        penalty_categories as delivered_list,
        concat(';', penalty_categories, ';') as enclosed_list
    from penalties
    where penalty_categories is not null

),

categories as (

    select
        delivered_lists.delivered_list,
        delivered_lists.enclosed_list,
        penalty_category_codes.penalty_category,
        penalty_category_codes.severity
    from delivered_lists
    inner join penalty_category_codes
        on instr(
            delivered_lists.enclosed_list,
            concat(';', penalty_category_codes.penalty_category, ';')
        ) > 0

),

final as (

    select
        delivered_list,
        concat_ws(
            ';',
            {%- for category in penalty_categories_in_order() %}
            case
                when instr(enclosed_list, ';{{ category }};') > 0
                    then '{{ category }}'
            end{{ ',' if not loop.last }}
            {%- endfor %}
        ) as penalty_categories,
        bool_or(severity = 'serious') as has_serious_category,
        bool_or(
            penalty_category in (
                '责令停产停业', '暂扣或者吊销许可证', '暂扣或者吊销执照'
            )
        ) as has_suspension_category
    from categories
    group by delivered_list, enclosed_list

)

select * from final
