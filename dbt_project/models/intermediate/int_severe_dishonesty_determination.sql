with

versions as (

    select * from {{ ref('int_severe_dishonesty_determination_versions') }}

),

objections as (

    select * from {{ ref('int_objections') }}

),

-- What due process needs and the determination lacks (Reg. Art. 24 to 26).
examined as (

    select
        versions.*,
        coalesce(objections.is_deleted, false) as is_deleted,
        concat_ws(
            ',',
            case when versions.ground_code is null then 'ground' end,
            case when versions.decision_date is null then 'decision' end,
            case when not coalesce(versions.signed_by_head, false) then 'signature' end,
            case
                when
                    versions.notified_on is null
                    or coalesce(versions.notified_on >= versions.decision_date, false)
                    then 'notice'
            end,
            case when versions.defence_handled is null then 'defence' end
        ) as missing_parts
    from versions
    left join objections
        on
            versions.subject_id = objections.subject_id
            and versions.determination_no = objections.document_no

),

judged as (

    select
        examined.*,
        case
            {{ common_dispositions('examined') }}
            when examined.is_deleted then 'withdrawn'
            when examined.missing_parts <> '' then 'procedure_incomplete'
            else 'used'
        end as disposition
    from examined

),

final as (

    select
        judged.*,
        case
            when disposition = 'procedure_incomplete' then missing_parts
        end as detail
    from judged

)

select * from final
